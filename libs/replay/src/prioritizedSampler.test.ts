import { ndarray, Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { prioritizedSampler } from './prioritizedSampler.js';
import { replayBuffer } from './replayBuffer.js';

const spec = { id: { shape: [], dtype: 'int32' } } as const;

function filled(rows: number, capacity: number, options: Parameters<typeof prioritizedSampler>[0]) {
  const buffer = replayBuffer({ spec, capacity, sampler: prioritizedSampler(options) });
  buffer.add({ id: ndarray('int32', [rows], Int32Array.from({ length: rows }, (_, i) => i)) });
  return buffer;
}

describe('prioritizedSampler', () => {
  it('draws in proportion to (|priority| + eps)^alpha: chi-square against brute force, over 6 rows', () => {
    const [alpha, eps] = [0.7, 0.01];
    const priorities = [0, 0.5, 1, 2, 4, 8];
    const buffer = filled(6, 8, { alpha, eps });
    buffer.update(Int32Array.of(0, 1, 2, 3, 4, 5), priorities);
    const masses = priorities.map((p) => (p + eps) ** alpha);
    const total = masses.reduce((a, b) => a + b);
    const counts = new Float64Array(6);
    const rng = Rng.fromSeed(5);
    // Single draws: they are independent, which the quantile supposes. Stratified ones spread even less.
    for (let k = 0; k < 20000; k++) counts[buffer.sample(rng, 1).indices[0]]++;
    const chi = masses.reduce((sum, mass, i) => sum + (counts[i] - (20000 * mass) / total) ** 2 / ((20000 * mass) / total), 0);
    expect(chi).toBeLessThan(20.5); // 0.999 quantile of chi-square with 5 degrees of freedom
  });

  it('weighs by (N P)^-beta over the largest such weight of all rows', () => {
    const [alpha, beta, eps] = [0.6, 0.4, 0.001];
    const priorities = [0.1, 3, 1, 7];
    const buffer = filled(4, 4, { alpha, beta, eps });
    buffer.update(Int32Array.of(0, 1, 2, 3), priorities);
    const masses = priorities.map((p) => (p + eps) ** alpha);
    const total = masses.reduce((a, b) => a + b);
    const raw = masses.map((mass) => ((4 * mass) / total) ** -beta);
    const { indices, weights } = buffer.sample(Rng.fromSeed(1), 32);
    indices.forEach((index, k) => expect(weights?.[k]).toBeCloseTo(raw[index] / Math.max(...raw), 6));
    expect(new Set(indices).size).toBeGreaterThan(2);
  });

  it('is stratified: with equal priorities and n = size every row is drawn once', () => {
    const buffer = filled(8, 8, {});
    expect(Array.from(buffer.sample(Rng.fromSeed(9), 8).indices)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('gives new rows the largest priority so far', () => {
    const buffer = filled(2, 4, { alpha: 1, eps: 1e-9 });
    buffer.update(Int32Array.of(0, 1), [9, 1]);
    buffer.add({ id: ndarray('int32', [1], Int32Array.of(2)) });
    expect(Array.from(buffer.snapshot().arrays['sampler/priorities'].data)).toEqual([9 + 1e-9, 1 + 1e-9, 9 + 1e-9]);
    buffer.update(Int32Array.of(0, 2), [0, 0]);
    buffer.add({ id: ndarray('int32', [3]) });
    const after = buffer.snapshot().arrays['sampler/priorities'].data;
    expect([after[3], after[0], after[1]]).toEqual([9 + 1e-9, 9 + 1e-9, 9 + 1e-9]);
  });

  it('anneals beta by the number of draws', () => {
    const buffer = filled(2, 2, { alpha: 1, eps: 1e-9, beta: { at: (draw) => draw } });
    buffer.update(Int32Array.of(0, 1), [1, 2]);
    const heavy = () => {
      const { indices, weights } = buffer.sample(Rng.fromSeed(2), 8);
      return weights?.[indices.indexOf(1)];
    };
    expect(heavy()).toBeCloseTo(1, 6);
    expect(heavy()).toBeCloseTo(0.5, 6);
    expect(heavy()).toBeCloseTo(0.25, 6);
  });

  it('says what is wrong', () => {
    const buffer = filled(2, 4, {});
    expect(() => buffer.update(Int32Array.of(0), [NaN])).toThrow('priorities must be finite');
    expect(() => buffer.update(Int32Array.of(2), [1])).toThrow('index 2 lies outside the 2');
    expect(() => buffer.update(Int32Array.of(0), [1, 2])).toThrow('as many priorities');
    expect(() => prioritizedSampler({ eps: 0 })).toThrow('eps must be positive');
    expect(() => prioritizedSampler({ alpha: -1 })).toThrow('alpha');
  });
});
