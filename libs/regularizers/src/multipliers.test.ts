import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { adaptiveKlCoefficient } from './adaptiveKlCoefficient.js';
import { lagrangeMultiplier } from './lagrangeMultiplier.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('adaptiveKlCoefficient', () => {
  const beta = tf.scalar(0.2);

  it('doubles above 1.5 targets, halves below target/1.5, and keeps in between', () => {
    const next = (kl: number) => adaptiveKlCoefficient(beta, tf.tensor1d([kl, kl]), { rule: 'double', target: 0.03 });
    expectClose(next(0.046), [], [0.4]);
    expectClose(next(0.044), [], [0.2]);
    expectClose(next(0.021), [], [0.2]);
    expectClose(next(0.019), [], [0.1]);
  });

  it('moves in proportion to the clipped error', () => {
    const next = (kl: number) => adaptiveKlCoefficient(beta, tf.scalar(kl), { rule: 'proportional', target: 6, gain: 0.1 });
    expectClose(next(6.6), [], [0.2 * 1.01]);
    expectClose(next(60), [], [0.2 * 1.02]);
    expectClose(next(0), [], [0.2 * 0.98]);
  });
});

describe('lagrangeMultiplier', () => {
  const multiplier = tf.tensor1d([1, 0.1, 3]);
  const violation = tf.tensor1d([2, -4, 1]);

  it('gives the numbers worked out by hand', () => {
    expectClose(lagrangeMultiplier(multiplier, violation, { learningRate: 0.5, space: 'linear' }), [3], [2, 0, 3.5]);
    expectClose(lagrangeMultiplier(multiplier, violation, { learningRate: 0.5, space: 'log', max: 4 }), [3], [Math.E, 0.1 * Math.exp(-2), 4]);
  });

  it('finds the multiplier of a constrained problem', () => {
    // min x² subject to x ≥ 1: x(λ) = λ/2, violation 1 − x, solved by λ = 2.
    let lambda: tf.Tensor = tf.scalar(0.5);
    for (let i = 0; i < 100; i++) lambda = lagrangeMultiplier(lambda, tf.sub(1, lambda.div(2)), { learningRate: 0.3, space: i % 2 === 0 ? 'log' : 'linear' });
    expect(lambda.dataSync()[0]).toBeCloseTo(2, 4);
  });
});
