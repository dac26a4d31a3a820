import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { monteCarloReturns } from './monteCarloReturns.js';
import { nStepReturn } from './nStepReturn.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

// The inputs of rlax's multistep_test.py.
const reward = tf.tensor2d([[1, 0, -1, 0, 1], [0.5, 0.8, -0.7, 0, 2.1]]);
const discount = tf.tensor2d([[0.5, 0.9, 1, 0.5, 0.8], [0.9, 0.5, 0.3, 0.8, 0.7]]);
const nextValue = tf.tensor2d([[3, 1, 5, -5, 3], [-1.7, 1.2, 2.3, 2.2, 2.7]]);
const none = tf.zeros([2, 5], 'int32');
const recorded = { reward, nextValue, terminated: none, truncated: none };

// Terminated at step 1, truncated at step 3.
const ends = {
  reward: tf.tensor2d([[1, 2, 3, 4, 5]]),
  nextValue: tf.tensor2d([[1, NaN, 2, 4, 6]]),
  terminated: tf.tensor2d([[0, 1, 0, 0, 0]], [1, 5], 'int32'),
  truncated: tf.tensor2d([[0, 0, 0, 1, 0]], [1, 5], 'int32'),
};

describe('nStepReturn', () => {
  it('equals the golden values of rlax (multistep_test.py, NStepBootstrappedReturnsTest)', () => {
    const whole = [[1.315, 0.63, 0.7, 1.7, 3.4], [1.33592, 0.9288, 0.2576, 3.192, 3.99]];
    expectClose(nStepReturn(recorded, { discount, n: 3 }), [[2.8, -3.15, 0.7, 1.7, 3.4], [1.2155, 0.714, 0.2576, 3.192, 3.99]]);
    expectClose(nStepReturn(recorded, { discount, n: 5 }), whole);
    expectClose(nStepReturn(recorded, { discount, n: 7 }), whole);
  });

  it('is the TD target for n = 1 and the Monte-Carlo return for n = T', () => {
    expectClose(nStepReturn(ends, { discount: 0.5, n: 1 }), [[1.5, 2, 4, 6, 8]]);
    expectClose(nStepReturn(ends, { discount: 0.5, n: 5 }), Array.from(monteCarloReturns(ends, { discount: 0.5 }).dataSync()));
  });

  it('counts rewards inside the window only, also across ends', () => {
    // n = 2, γ = 0.5, no ends but the last column: rₜ + 0.5·rₜ₊₁ + 0.25·nextValueₜ₊₁
    const free = { ...ends, nextValue: tf.tensor2d([[1, 8, 2, 4, 6]]), terminated: tf.zeros([1, 5]), truncated: tf.zeros([1, 5]) };
    expectClose(nStepReturn(free, { discount: 0.5, n: 2 }), [[1 + 1 + 2, 2 + 1.5 + 0.5, 3 + 2 + 1, 4 + 2.5 + 1.5, 8]]);
    expectClose(nStepReturn(ends, { discount: 0.5, n: 2 }), [[2, 2, 6, 6, 8]]);
  });

  it('refuses an n that is no positive integer', () => {
    expect(() => nStepReturn(ends, { discount: 1, n: 0 })).toThrow('n must be a positive integer, got 0');
  });
});
