import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { rotary } from './rotary.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('rotary', () => {
  it('turns each pair of halves by position times its frequency', () => {
    // Width 4, θ = 100: the pairs (x0, x2) and (x1, x3) turn by position·1 and position·0.1.
    const { angles, turn } = rotary({ headDim: 4, theta: 100 });
    const turned = turn(tf.tensor4d([1, 2, 3, 4, 1, 2, 3, 4], [1, 2, 1, 4]), angles(2));
    const [c, s, c2, s2] = [Math.cos(1), Math.sin(1), Math.cos(0.1), Math.sin(0.1)];
    const expected = [1, 2, 3, 4, c - 3 * s, 2 * c2 - 4 * s2, 3 * c + s, 4 * c2 + 2 * s2];
    turned.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
  });

  it('makes products of queries and keys depend on their distance only', () => {
    const { angles, turn } = rotary({ headDim: 6, theta: 10_000 });
    const [query, key] = [Rng.fromSeed(1).normal([1, 1, 1, 6]), Rng.fromSeed(2).normal([1, 1, 1, 6])];
    const at = (x: tf.Tensor, position: number): tf.Tensor => turn(x, angles(20, tf.tensor2d([[position]], undefined, 'int32')));
    const product = (i: number, j: number): number => at(query, i).mul(at(key, j)).sum().dataSync()[0];
    for (const shift of [1, 7, 14]) expect(product(5 + shift, 2 + shift)).toBeCloseTo(product(5, 2), 5);
    expect(Math.abs(product(5, 4) - product(5, 2))).toBeGreaterThan(0.01);
  });

  it('gives named positions the angles of their rows', () => {
    const { angles } = rotary({ headDim: 4, theta: 100 });
    const { cos } = angles(3, tf.tensor2d([[2, 0]], undefined, 'int32'));
    expect(cos.shape).toEqual([1, 2, 1, 2]);
    const rows = angles(3).cos;
    expect(rows.shape).toEqual([3, 1, 2]);
    expect([...cos.dataSync()]).toEqual([...rows.gather(tf.tensor1d([2, 0], 'int32')).dataSync()]);
  });
});
