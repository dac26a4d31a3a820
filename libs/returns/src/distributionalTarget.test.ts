import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { distributionalTarget } from './distributionalTarget.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

describe('distributionalTarget', () => {
  const terminated = tf.zeros([1]);

  it('splits a moved atom between its neighbours', () => {
    // Atoms −1, 0, 1. r = 0.5, γ = 0.5: −1 → 0, 0 → 0.5, 1 → 1
    const p = distributionalTarget({ reward: tf.tensor1d([0.5]), nextProbability: tf.tensor2d([[0.2, 0.4, 0.4]]), terminated }, { discount: 0.5, low: -1, high: 1 });
    expectClose(p, [0, 0.2 + 0.2, 0.2 + 0.4]);
  });

  it('puts everything at the clipped reward when the task ended, and at the ends of the range', () => {
    const nextProbability = tf.tensor2d([[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]]);
    const p = distributionalTarget({ reward: tf.tensor1d([0.25, 7]), nextProbability, terminated: tf.tensor1d([1, 0]) }, { discount: 1, low: -1, high: 1 });
    expectClose(p, [0, 0.75, 0.25, 0, 0, 1]);
  });

  it('keeps the mean where nothing is clipped', () => {
    const nextProbability = tf.tensor2d([[0, 0.1, 0.2, 0.3, 0.4, 0, 0]]);
    const p = distributionalTarget({ reward: tf.tensor1d([0.37]), nextProbability, terminated }, { discount: 0.9, low: -3, high: 3 });
    const mean = p.mul(tf.linspace(-3, 3, 7)).sum().dataSync()[0];
    expect(mean).toBeCloseTo(0.37 + 0.9 * (0.1 * -2 + 0.2 * -1 + 0.4 * 1), 5);
    expect(p.sum().dataSync()[0]).toBeCloseTo(1, 6);
  });

  it('refuses an empty range', () => {
    expect(() => distributionalTarget({ reward: tf.ones([1]), nextProbability: tf.ones([1, 3]), terminated }, { discount: 1, low: 1, high: 1 })).toThrow('low < high');
  });
});
