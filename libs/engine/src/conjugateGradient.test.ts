import { beforeAll, describe, expect, it } from 'vitest';
import { conjugateGradient } from './conjugateGradient.js';
import { tensorCount } from './tensorCount.js';
import { tf } from './tf.js';
import { treeTensors } from './tree.js';
import type { Tree } from './tree.js';

type Pair = { a: tf.Tensor; b: [tf.Tensor] };

const flat = (tree: Tree) => treeTensors(tree).flatMap((x) => [...x.dataSync<'float32'>()]);
const pair = (a: number[], b: number) => ({ a: tf.tensor1d(a), b: [tf.scalar(b)] }) as Pair;

/** A = [[4, 1, 0], [1, 3, 1], [0, 1, 2]] over a tree of a pair and a scalar. */
function product({ a, b: [last] }: Pair): Pair {
  const [first, second] = [a.slice([0], [1]), a.slice([1], [1])];
  return { a: tf.concat([first.mul(4).add(second), first.add(second.mul(3)).add(last)]), b: [second.add(last.mul(2)).reshape([])] };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('conjugateGradient', () => {
  it('solves a system over a tree in as many iterations as it has unknowns', () => {
    // A·(1, -2, 3) = (2, -2, 4).
    expect(flat(conjugateGradient(product, pair([2, -2], 4), { iterations: 3 })).map((x) => Math.round(x * 1e4) / 1e4)).toEqual([1, -2, 3]);
  });

  it('makes the steps of the method', () => {
    // Worked by hand for A = [[4, 1], [1, 3]], b = (1, 2): the first step has length 5/20, so x₁ = b/4; the second ends at (1/11, 7/11).
    const matVec = (v: tf.Tensor) => v.reshape([1, 2]).matMul(tf.tensor2d([[4, 1], [1, 3]])).reshape([2]);
    expect(flat(conjugateGradient(matVec, tf.tensor1d([1, 2]), { iterations: 1 }))).toEqual([0.25, 0.5]);
    const [x, y] = flat(conjugateGradient(matVec, tf.tensor1d([1, 2]), { iterations: 2 }));
    expect([x * 11, y * 11].map((n) => Math.round(n * 1e4) / 1e4)).toEqual([1, 7]);
  });

  it('damps the matrix', () => {
    const [x] = flat(conjugateGradient((v: tf.Tensor) => v.mul(3), tf.tensor1d([10]), { damping: 2 }));
    expect(x).toBeCloseTo(2, 6);
  });

  it('stays where it is once the tolerance is met', () => {
    const matVec = (v: tf.Tensor) => v.mul(tf.tensor1d([1, 10, 100]));
    const b = tf.tensor1d([1, 1, 1]);
    const loose = (iterations: number) => flat(conjugateGradient(matVec, b, { iterations, tolerance: 0.9 }));
    // After two steps ‖r‖ = 0.86·‖b‖: the third is not made.
    expect(loose(3)).toEqual(loose(2));
    expect(loose(2)).not.toEqual(loose(1));
    expect(flat(conjugateGradient(matVec, b, { iterations: 50 })).every(Number.isFinite)).toBe(true);
  });

  it('returns zeros for zeros, and does not step along directions of no curvature', () => {
    expect(flat(conjugateGradient(product, pair([0, 0], 0)))).toEqual([0, 0, 0]);
    expect(flat(conjugateGradient((v: tf.Tensor) => v.mul(0), tf.tensor1d([1, 2])))).toEqual([0, 0]);
    expect(flat(conjugateGradient((v: tf.Tensor) => v.neg(), tf.tensor1d([1, 2])))).toEqual([0, 0]);
  });

  it('leaks nothing', () => {
    const b = pair([2, -2], 4);
    const before = tensorCount();
    conjugateGradient(product, b);
    expect(tensorCount()).toBe(before + 2);
  });

  it('refuses a number of iterations that is none', () => {
    expect(() => conjugateGradient(product, pair([1, 1], 1), { iterations: 0 })).toThrow('iterations must be a positive integer, got 0');
  });
});
