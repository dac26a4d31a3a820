import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupAdvantage } from './groupAdvantage.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

const reward = tf.tensor2d([[1, 0, 0, 3], [2, 2, 2, 2]]);

describe('groupAdvantage', () => {
  it('gives the numbers worked out by hand', () => {
    // Means 1 and 2; deviations of the first group √((0 + 1 + 1 + 4)/3) = √2.
    expectClose(groupAdvantage(reward, { scale: 'none' }), [0, -1, -1, 2, 0, 0, 0, 0]);
    expectClose(groupAdvantage(reward), [0, -Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, 0, 0, 0, 0]);
    // 1 − (0 + 0 + 3)/3, 0 − 4/3, 0 − 4/3, 3 − 1/3
    expectClose(groupAdvantage(reward, { center: 'leaveOneOut', scale: 'none' }), [0, -4 / 3, -4 / 3, 8 / 3, 0, 0, 0, 0]);
    // All eight: mean 1.5, squares 0.25 + 2.25 + 2.25 + 2.25 + 4·0.25 = 8
    const deviation = Math.sqrt(8 / 7);
    expectClose(groupAdvantage(reward, { scale: 'batch' }), [0, -1, -1, 2, 0, 0, 0, 0].map((x) => x / deviation));
    expectClose(groupAdvantage(reward, { center: 'none', scale: 'none' }), [1, 0, 0, 3, 2, 2, 2, 2]);
  });

  it('refuses groups that are too small, and rewards without groups', () => {
    expect(() => groupAdvantage(tf.ones([3, 1]))).toThrow("needs at least 2 outcomes in a group, got 1");
    expect(() => groupAdvantage(tf.ones([3]))).toThrow('groupAdvantage: reward must be [Q, G], got [3]');
  });

  it('leaks nothing and returns a tensor of its own', () => {
    const before = tf.memory().numTensors;
    groupAdvantage(reward, { center: 'none', scale: 'none' }).dispose();
    groupAdvantage(reward).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(reward.isDisposed).toBe(false);
  });
});
