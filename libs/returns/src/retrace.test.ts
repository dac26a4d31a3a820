import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { lambdaReturns } from './lambdaReturns.js';
import { retrace } from './retrace.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

// The inputs of rlax's value_learning_test.py, RetraceTest: the action values of the target network at the taken actions,
// their expectations at the following step, and π/μ at each step.
const steps = {
  reward: tf.tensor2d([[-1.3, -1.3, 2.3], [1.3, 5.3, -3.3]]),
  q: tf.tensor2d([[1.2, 0.2, 2.2], [2.2, 1.2, -1.2]]),
  nextValue: tf.tensor2d([[-0.08, 0.84, -2.625], [1.2, -1.9, 1.35]]),
  ratio: tf.tensor2d([[1, 0.8 / 0.1, 0.6 / 0.9], [0.9 / 0.4, 1 / 0.6, 0.3 / 1]]),
  terminated: tf.zeros([2, 3]),
  truncated: tf.zeros([2, 3]),
};
const discount = tf.tensor2d([[0, 0.89, 0.85], [0.88, 1, 0.83]]);
const onlineQ = tf.tensor2d([[1.1, 1.1, 3.1], [3.1, 9.5, -2.1]]);

describe('retrace', () => {
  it('equals the golden values of rlax (half the squared errors of the online network)', () => {
    const halfSquares = retrace(steps, { discount, lambda: 0.9 }).sub(onlineQ).square().div(2);
    expectClose(halfSquares, [[2.88, 3.8934109, 4.5942383], [0.31121615, 20.253206, 0.0031601219]], 2e-5);
  });

  it('is the one-step target at lambda 0', () => {
    expectClose(retrace(steps, { discount: 0.5, lambda: 0 }), [[-1.34, -0.88, 0.9875], [1.9, 4.35, -2.625]]);
  });

  it('is the Monte-Carlo return when ratios are 1 and the expectations equal the action values', () => {
    const onPolicy = { ...steps, ratio: tf.onesLike(steps.q), nextValue: tf.tensor2d([[0.2, 2.2, 5], [1.2, -1.2, 6]]) };
    expectClose(retrace(onPolicy, { discount: 0.9 }), Array.from(lambdaReturns(onPolicy, { discount: 0.9, lambda: 1 }).dataSync()));
  });

  it('passes nothing across an end, and bootstraps only at a truncation', () => {
    const terminated = { ...steps, terminated: tf.tensor2d([[0, 1, 0], [0, 1, 0]]) };
    const truncated = { ...steps, truncated: tf.tensor2d([[0, 1, 0], [0, 1, 0]]) };
    expectClose(retrace(terminated, { discount: 0.5 }).slice([0, 1], [2, 1]), [-1.3, 5.3]);
    expectClose(retrace(truncated, { discount: 0.5 }).slice([0, 1], [2, 1]), [-1.3 + 0.42, 5.3 - 0.95]);
  });

  it('lets no gradient flow', () => {
    const gradient = tf.grad((q) => q.add(retrace({ ...steps, q }, { discount })).sum())(steps.q);
    expect(Array.from(gradient.dataSync())).toEqual(new Array(6).fill(1));
  });
});
