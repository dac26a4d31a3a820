import { ndarray, Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { trajectoryBuffer } from './trajectoryBuffer.js';

const spec = { observation: { shape: [2], dtype: 'float32' }, reward: { shape: [], dtype: 'float32' } } as const;

/** An episode of `length` steps with this return; all its observations are [return, step]. */
const episode = (total: number, length: number) => ({
  observation: ndarray('float32', [length, 2], Float32Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? total : i >> 1))),
  reward: ndarray('float32', [length], Float32Array.from({ length }, (_, t) => (t === 0 ? total : 0))),
});

function keptScores(keep: 'recent' | 'top' | 'positive') {
  const buffer = trajectoryBuffer({ spec, capacity: 3, keep });
  const stored = [5, -1, 0, 7, 2, 6].map((total) => buffer.add(episode(total, 2)));
  return { stored, scores: Array.from(buffer.snapshot().arrays.scores.data) };
}

describe('trajectoryBuffer', () => {
  it('keeps the recent, the top or the positive ones', () => {
    expect(keptScores('recent')).toEqual({ stored: [true, true, true, true, true, true], scores: [7, 2, 6] });
    expect(keptScores('top')).toEqual({ stored: [true, true, true, true, true, true], scores: [5, 7, 6] });
    expect(keptScores('positive')).toEqual({ stored: [true, false, false, true, true, true], scores: [7, 2, 6] });
    const full = trajectoryBuffer({ spec, capacity: 1, keep: 'top' });
    full.add(episode(3, 1));
    expect(full.add(episode(2, 1))).toBe(false);
    expect(full.add(episode(9, 1), 1)).toBe(false);
    expect(full.size).toBe(1);
  });

  it('draws episodes filled up to the longest drawn, with a mask', () => {
    const buffer = trajectoryBuffer({ spec, capacity: 4 });
    buffer.add(episode(10, 1));
    buffer.add(episode(20, 3));
    const { batch, mask, lengths, scores, indices } = buffer.sample(Rng.fromSeed(2), 8);
    expect(new Set(indices)).toEqual(new Set([0, 1]));
    expect(batch.observation.shape).toEqual([8, 3, 2]);
    indices.forEach((index, k) => {
      expect(lengths[k]).toBe(index === 0 ? 1 : 3);
      expect(scores[k]).toBe(index === 0 ? 10 : 20);
      expect(Array.from(mask.subarray(3 * k, 3 * k + 3))).toEqual(index === 0 ? [1, 0, 0] : [1, 1, 1]);
      expect(Array.from(batch.observation.data.subarray(6 * k, 6 * k + 6))).toEqual(index === 0 ? [10, 0, 0, 0, 0, 0] : [20, 0, 20, 1, 20, 2]);
    });
  });

  it('continues exactly after snapshot and restore', () => {
    const whole = trajectoryBuffer({ spec, capacity: 2 });
    for (const length of [1, 2, 3]) whole.add(episode(length, length));
    const resumed = trajectoryBuffer({ spec, capacity: 2 });
    resumed.restore(whole.snapshot());
    for (const buffer of [whole, resumed]) buffer.add(episode(4, 4));
    expect(resumed.snapshot()).toEqual(whole.snapshot());
    expect(resumed.sample(Rng.fromSeed(1), 5)).toEqual(whole.sample(Rng.fromSeed(1), 5));
    expect(() => trajectoryBuffer({ spec, capacity: 3 }).restore(whole.snapshot())).toThrow("keeps 2 'recent' episodes, this buffer 3");
    expect(() => trajectoryBuffer({ spec, capacity: 3 }).sample(Rng.fromSeed(0), 1)).toThrow('nothing is stored');
    expect(() => whole.add(episode(1, 1), NaN)).toThrow('score must be finite');
  });
});
