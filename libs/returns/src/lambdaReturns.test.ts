import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { gae } from './gae.js';
import { lambdaReturns } from './lambdaReturns.js';

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

describe('lambdaReturns', () => {
  it('equals the golden values of rlax (multistep_test.py, LambdaReturnsTest)', () => {
    expectClose(lambdaReturns(recorded, { discount, lambda: 0.75 }), [
      [1.6460547, 0.72281253, 0.7375001, 0.6500001, 3.4],
      [0.7866317, 0.9913063, 0.1101501, 2.834, 3.99],
    ]);
  });

  it('stops at a termination and bootstraps at a truncation', () => {
    // γ = 0.5, λ = 0.5. G₁ = 2; G₀ = 1 + 0.5·(0.5·1 + 0.5·2); G₃ = 4 + 0.5·4; G₂ = 3 + 0.5·(0.5·2 + 0.5·6); G₄ = 5 + 0.5·6
    expectClose(lambdaReturns(ends, { discount: 0.5, lambda: 0.5 }), [[1.75, 2, 5, 6, 8]]);
  });

  it('is the return of gae where the next value of a step is the value of the following one', () => {
    const value = tf.tensor2d([[1, 1, 2, 2, 3]]);
    const { returns } = gae({ ...ends, value }, { discount: 0.9, lambda: 0.8 });
    expectClose(lambdaReturns(ends, { discount: 0.9, lambda: 0.8 }), Array.from(returns.dataSync()));
  });

  it('refuses a single done flag, at compile time', () => {
    // @ts-expect-error one flag cannot say whether the episode terminated or was truncated
    expect(() => lambdaReturns({ reward, nextValue, done: none }, { discount: 1, lambda: 1 })).toThrow();
  });

  it('lets no gradient flow and leaks nothing', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const gradient = tf.grad((x) => x.add(lambdaReturns({ ...recorded, nextValue: x }, { discount: 0.9, lambda: 0.9 })).sum())(nextValue);
      expect(Array.from(gradient.dataSync())).toEqual(new Array(10).fill(1));
    });
    lambdaReturns(recorded, { discount, lambda: 0.5 }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
