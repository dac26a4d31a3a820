import { ndarray, Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { gatherRows } from './gatherRows.js';
import { hostBatch } from './hostBatch.js';
import { rolloutBuffer } from './rolloutBuffer.js';

const spec = {
  observation: { shape: [2], dtype: 'float32' },
  reward: { shape: [], dtype: 'float32' },
  terminated: { shape: [], dtype: 'uint8' },
  truncated: { shape: [], dtype: 'uint8' },
} as const;

/** Step t of two copies: the observation of copy b is [t, b]; copy 0 is truncated at step 1, copy 1 ends at steps 0 (terminated) and 2 (both). */
const row = (t: number) => ({
  observation: ndarray('float32', [2, 2], Float32Array.of(t, 0, t, 1)),
  reward: ndarray('float64', [2], Float64Array.of(t, 10 + t)),
  terminated: ndarray('uint8', [2], Uint8Array.of(0, t === 1 ? 0 : 1)),
  truncated: ndarray('uint8', [2], Uint8Array.of(t === 1 ? 1 : 0, t === 2 ? 1 : 0)),
});
const finals = (t: number) => Float32Array.of(100 + t, 0, 100 + t, 1);

function filled() {
  const buffer = rolloutBuffer({ spec, envs: 2, steps: 3 });
  for (let t = 0; t < 3; t++) buffer.append(row(t), finals(t));
  return buffer;
}

describe('rolloutBuffer', () => {
  it('lays steps out batch first', () => {
    const { data, full } = filled();
    expect(full).toBe(true);
    expect(data.observation.shape).toEqual([2, 3, 2]);
    expect(Array.from(data.observation.data)).toEqual([0, 0, 1, 0, 2, 0, 0, 1, 1, 1, 2, 1]);
    expect(Array.from(data.reward.data)).toEqual([0, 1, 2, 10, 11, 12]);
  });

  it('keeps the final observations of truncated steps only, by row b * T + t', () => {
    const { finals: kept } = filled();
    expect(Array.from(kept.indices)).toEqual([1]);
    expect(kept.observation.shape).toEqual([1, 2]);
    expect(Array.from(kept.observation.data)).toEqual([101, 0]);
  });

  it('grows the list of final observations as needed, and refills the same memory after clear', () => {
    const buffer = rolloutBuffer({ spec, envs: 2, steps: 40 });
    const { data } = buffer;
    const allTruncated = { ...row(0), terminated: ndarray('uint8', [2]), truncated: ndarray('uint8', [2], Uint8Array.of(1, 1)) };
    for (let round = 0; round < 2; round++) {
      for (let t = 0; t < 40; t++) buffer.append(allTruncated, Float32Array.of(t, 0, t, 1));
      expect(buffer.finals.indices.length).toBe(80);
      buffer.finals.indices.forEach((index, k) => {
        expect(index).toBe((k % 2) * 40 + (k >> 1));
        expect(Array.from(buffer.finals.observation.data.subarray(2 * k, 2 * k + 2))).toEqual([k >> 1, k % 2]);
      });
      buffer.clear();
      expect(buffer.finals.indices.length).toBe(0);
      expect(buffer.position).toBe(0);
    }
    expect(buffer.data).toBe(data);
  });

  it('covers every row once by shuffled minibatches, the same after the same seed', () => {
    const buffer = filled();
    const blocks = (seed: number, rest?: 'keep' | 'drop') => buffer.minibatches(Rng.fromSeed(seed), 4, rest).map((block) => Array.from(block));
    const drawn = blocks(1);
    expect(drawn.map((block) => block.length)).toEqual([4, 2]);
    expect(drawn.flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(blocks(1)).toEqual(drawn);
    expect(blocks(2)).not.toEqual(drawn);
    expect(blocks(1, 'drop')).toEqual(drawn.slice(0, 1));
  });

  it('gathers a minibatch of several fields into preallocated arrays', () => {
    const { data } = filled();
    const out = hostBatch({ observation: spec.observation, reward: spec.reward }, [3]);
    expect(gatherRows(data, Int32Array.of(5, 0, 4), out)).toBe(out);
    expect(Array.from(out.observation.data)).toEqual([2, 1, 0, 0, 1, 1]);
    expect(Array.from(out.reward.data)).toEqual([12, 0, 11]);
    expect(() => gatherRows(data, Int32Array.of(6, 0, 0), out)).toThrow('index 6 lies outside the 6 rows');
    expect(() => gatherRows(data, Int32Array.of(0), out)).toThrow('must hold 1 rows');
    expect(() => gatherRows({}, Int32Array.of(0, 0, 0), out)).toThrow("no field 'observation'");
  });

  it('continues exactly after snapshot and restore in the middle', () => {
    const whole = rolloutBuffer({ spec, envs: 2, steps: 3 });
    whole.append(row(0), finals(0));
    whole.append(row(1), finals(1));
    const snapshot = whole.snapshot();
    expect(snapshot.arrays['field/observation'].shape).toEqual([2, 2, 2]);
    const resumed = rolloutBuffer({ spec, envs: 2, steps: 3 });
    resumed.restore(snapshot);
    for (const buffer of [whole, resumed]) buffer.append(row(2), finals(2));
    expect(resumed.data).toEqual(whole.data);
    expect(resumed.finals).toEqual(whole.finals);
    expect(resumed.snapshot()).toEqual(filled().snapshot());
  });

  it('says what is wrong', () => {
    const buffer = rolloutBuffer({ spec, envs: 2, steps: 3 });
    expect(() => buffer.append(row(1))).toThrow('row 0 is truncated: pass');
    expect(() => buffer.append(row(1), new Float32Array(2))).toThrow('finalObservation must hold 2 rows of 2');
    expect(() => buffer.minibatches(Rng.fromSeed(0), 2)).toThrow('0 of 3 steps');
    expect(() => filled().append(row(0), finals(0))).toThrow('call clear() first');
    expect(() => rolloutBuffer({ spec, envs: 2, steps: 4 }).restore(filled().snapshot())).toThrow('the snapshot has steps 3, this buffer 4');
  });
});
