import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { reverseScan } from './reverseScan.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('reverseScan', () => {
  it('solves the recursion for every length, as a loop does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 1000 }), (rows, steps, seed) => {
        const rng = Rng.fromSeed(seed);
        const [a, b] = [rng.normal([rows, steps]), rng.uniform([rows, steps])];
        const [aData, bData, actual] = [a.dataSync(), b.dataSync(), reverseScan(a, b).dataSync()];
        for (let row = 0; row < rows; row++) {
          let x = 0;
          for (let i = (row + 1) * steps - 1; i >= row * steps; i--) {
            x = aData[i] + bData[i] * x;
            expect(Math.abs(actual[i] - x)).toBeLessThan(1e-4);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('returns a tensor of its own, and refuses shapes that differ', () => {
    const [a, b] = [tf.ones([2, 1]), tf.ones([2, 1])];
    const x = reverseScan(a, b);
    x.dispose();
    expect(Array.from(a.dataSync())).toEqual([1, 1]);
    expect(() => reverseScan(a, tf.ones([1, 2]))).toThrow('reverseScan: a and b must both be [B, T], got [2, 1] and [1, 2]');
  });
});
