import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { gae } from './gae.js';
import { vtrace } from './vtrace.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

// The inputs of rlax's vtrace_test.py.
const behaviourLogits = [[[8.9, 0.7], [5, 1], [0.6, 0.1], [-0.9, -0.1]], [[0.3, -5], [1, -8], [0.3, 1.7], [4.7, 3.3]]];
const targetLogits = [[[0.4, 0.5], [9.2, 8.8], [0.7, 4.4], [7.9, 1.4]], [[1, 0.9], [1, -1], [-4.3, 8.7], [0.8, 0.3]]];
const actions = [[0, 1, 0, 0], [1, 0, 0, 1]];
const logProb = ([x, y]: number[], action: number) => [x, y][action] - Math.log(Math.exp(x) + Math.exp(y));
const ratio = tf.tensor2d(actions.map((row, b) => row.map((a, t) => Math.exp(logProb(targetLogits[b][t], a) - logProb(behaviourLogits[b][t], a)))));
const value = tf.tensor2d([[2.1, 1.1, -3.1, 0], [3.1, 0.1, -1.1, 7.4]]);
const none = tf.zeros([2, 4], 'int32');
const steps = {
  reward: tf.tensor2d([[-1.3, -1.3, 2.3, 42], [1.3, 5.3, -3.3, -5]]),
  value,
  nextValue: tf.tensor2d([[1.1, -3.1, 0, 8.4], [0.1, -1.1, 7.4, -1.2]]),
  terminated: none,
  truncated: none,
  ratio,
};
const discount = tf.tensor2d([[0, 0.89, 0.85, 0.99], [0.88, 1, 0.83, 0.95]]);

describe('vtrace', () => {
  it('equals the golden values of rlax (vtrace_test.py, errors and advantages with both clips 1)', () => {
    const { returns, advantage } = vtrace(steps, { discount });
    const expected = [[-1.6155143, -3.4973226, 1.8670533, 50.316002], [1.4662437, 3.6116405, -8.3327293e-5, -13.54]];
    expectClose(returns.sub(value), expected, 1e-5);
    expectClose(advantage, expected, 1e-5);
  });

  it('is the on-policy lambda return when the ratios are 1', () => {
    const onPolicy = { ...steps, ratio: tf.onesLike(value), truncated: tf.tensor2d([[0, 1, 0, 0], [0, 0, 0, 0]]), terminated: tf.tensor2d([[0, 0, 0, 0], [0, 0, 1, 0]]) };
    const expected = gae(onPolicy, { discount: 0.9, lambda: 0.8 });
    const { returns } = vtrace(onPolicy, { discount: 0.9, lambda: 0.8 });
    expectClose(returns, Array.from(expected.returns.dataSync()));
    expectClose(vtrace(onPolicy, { discount: 0.9 }).advantage, Array.from(gae(onPolicy, { discount: 0.9, lambda: 1 }).advantage.dataSync()));
  });

  it('gives the numbers worked out by hand with all three clips apart', () => {
    const one = {
      reward: tf.tensor2d([[1, 2]]),
      value: tf.tensor2d([[0, 1]]),
      nextValue: tf.tensor2d([[1, 4]]),
      terminated: tf.zeros([1, 2]),
      truncated: tf.zeros([1, 2]),
      ratio: tf.tensor2d([[4, 0.5]]),
    };
    // e₁ = 0.5·(2 + 0.5·4 − 1) = 1.5, v₁ = 2.5; e₀ = 2·(1 + 0.5·1 − 0) + 0.5·1.5·1.5 = 4.125; advantage₀ = 3·(1 + 0.5·2.5)
    const { returns, advantage } = vtrace(one, { discount: 0.5, clipRho: 2, clipC: 1.5, clipAdvantageRho: 3 });
    expectClose(returns, [4.125, 2.5]);
    expectClose(advantage, [6.75, 1.5]);
  });

  it('passes nothing across an end and lets no gradient flow', () => {
    const cut = { ...steps, truncated: tf.tensor2d([[0, 1, 0, 0], [0, 1, 0, 0]]) };
    const changed = { ...cut, reward: cut.reward.add(tf.tensor2d([[0, 0, 100, 100]])) };
    expectClose(vtrace(cut, { discount }).returns.slice([0, 0], [2, 2]), Array.from(vtrace(changed, { discount }).returns.slice([0, 0], [2, 2]).dataSync()));
    const gradient = tf.grad((x) => x.add(vtrace({ ...steps, ratio: x, value: x }, { discount }).advantage).sum())(ratio);
    expect(Array.from(gradient.dataSync())).toEqual(new Array(8).fill(1));
  });
});
