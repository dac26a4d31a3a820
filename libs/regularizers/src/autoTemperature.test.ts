import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { autoTemperature } from './autoTemperature.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const logAlpha = tf.scalar(Math.log(2));
const logProb = tf.tensor1d([-1, 3]);

describe('autoTemperature', () => {
  it('gives the numbers worked out by hand', () => {
    // −log 2·(−1 − 1), −log 2·(3 − 1)
    expectClose(autoTemperature(logAlpha, logProb, { targetEntropy: -1 }), [2], [2 * Math.log(2), -2 * Math.log(2)]);
    expectClose(autoTemperature(logAlpha, logProb, { targetEntropy: -1, multiplier: 'alpha' }), [2], [4, -4]);
  });

  it('raises the temperature by descent when the entropy is below its target, and lowers it above', () => {
    for (const multiplier of ['logAlpha', 'alpha'] as const) {
      const slope = (entropy: number) => tf.grad((x) => autoTemperature(x, tf.tensor1d([-entropy]), { targetEntropy: 1, multiplier }).sum())(logAlpha).dataSync()[0];
      expect(slope(0.5)).toBeLessThan(0);
      expect(slope(2)).toBeGreaterThan(0);
      expect(slope(1)).toBeCloseTo(0, 6);
      expectGradient((x) => autoTemperature(x, logProb, { targetEntropy: -1, multiplier }), logAlpha, 5e-3);
    }
  });

  it('sends no gradient into the policy', () => {
    expectClose(tf.grad((x) => autoTemperature(logAlpha, x, { targetEntropy: 1 }).add(x).sum())(logProb), [2], [1, 1]);
  });
});
