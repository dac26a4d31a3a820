import { ndarray, Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { mixtureSampler } from './mixtureSampler.js';
import { prioritizedSampler } from './prioritizedSampler.js';
import { replayBuffer } from './replayBuffer.js';

function source(base: number, weighted = false) {
  const buffer = replayBuffer({ spec: { x: { shape: [2], dtype: 'float32' } }, capacity: 4, ...(weighted ? { sampler: prioritizedSampler() } : {}) });
  buffer.add({ x: ndarray('float32', [4, 2], Float32Array.from({ length: 8 }, (_, i) => base + (i >> 1))) });
  if (weighted) buffer.update(Int32Array.of(0, 1, 2, 3), [1, 2, 3, 4]);
  return buffer;
}

describe('mixtureSampler', () => {
  it('takes the shares exactly, the rest going to the largest remainders, and says where rows are from', () => {
    const mixture = mixtureSampler([source(0), source(100, true), source(200)], [1, 1, 0.5]);
    const drawn = mixture.sample(Rng.fromSeed(1), 9); // 3.6, 3.6, 1.8 -> 4, 3, 2
    expect(Array.from(drawn.source)).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2]);
    drawn.source.forEach((s, k) => {
      expect(Array.from(drawn.batch.x.data.subarray(2 * k, 2 * k + 2))).toEqual(new Array(2).fill(100 * s + drawn.indices[k]));
      if (s !== 1) expect(drawn.weights[k]).toBe(1);
    });
    expect(Math.min(...drawn.weights.subarray(4, 7))).toBeLessThan(1);
    expect(mixture.sample(Rng.fromSeed(2), 9)).toBe(drawn);
    expect(mixture.sample(Rng.fromSeed(2), 5).source.length).toBe(5);
  });

  it('does not ask a source without a share', () => {
    const empty = replayBuffer({ spec: { x: { shape: [2], dtype: 'float32' } }, capacity: 4 });
    expect(Array.from(mixtureSampler([empty, source(0)], [0, 1]).sample(Rng.fromSeed(1), 2).source)).toEqual([1, 1]);
  });

  it('says what is wrong', () => {
    expect(() => mixtureSampler([source(0)], [0])).toThrow('not all zero');
    expect(() => mixtureSampler([source(0)], [1, 2])).toThrow('1 sources need as many weights');
    const other = replayBuffer({ spec: { y: { shape: [], dtype: 'int32' } }, capacity: 1 });
    other.add({ y: ndarray('int32', [1]) });
    expect(() => mixtureSampler([source(0), other], [1, 1]).sample(Rng.fromSeed(0), 2)).toThrow("source 1 has no field 'x'");
  });
});
