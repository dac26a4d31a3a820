import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { advantageNormalization } from './advantageNormalization.js';
import { groupAdvantage } from './groupAdvantage.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const reward = tf.tensor2d([[1, 0, 0, 3], [2, 2, 2, 2]]);

describe('groupAdvantage', () => {
  it('gives the numbers worked out by hand', () => {
    // Means 1 and 2; deviations of the first group √((0 + 1 + 1 + 4)/3) = √2.
    expectClose(groupAdvantage(reward, { scale: 'none' }), [2, 4], [0, -1, -1, 2, 0, 0, 0, 0]);
    expectClose(groupAdvantage(reward), [2, 4], [0, -Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, 0, 0, 0, 0]);
    // 1 − (0 + 0 + 3)/3, 0 − 4/3, 0 − 4/3, 3 − 1/3
    expectClose(groupAdvantage(reward, { center: 'leaveOneOut', scale: 'none' }), [2, 4], [0, -4 / 3, -4 / 3, 8 / 3, 0, 0, 0, 0]);
    // All eight: mean 1.5, squares 0.25 + 2.25 + 2.25 + 2.25 + 4·0.25 = 8
    const deviation = Math.sqrt(8 / 7);
    expectClose(groupAdvantage(reward, { scale: 'batch' }), [2, 4], [0, -1, -1, 2, 0, 0, 0, 0].map((x) => x / deviation));
    expectClose(groupAdvantage(reward, { center: 'none', scale: 'none' }), [2, 4], [1, 0, 0, 3, 2, 2, 2, 2]);
  });

  it('centres on the batch, or on what is given', () => {
    const fromBatch = [-0.5, -1.5, -1.5, 1.5, 0.5, 0.5, 0.5, 0.5];
    expectClose(groupAdvantage(reward, { center: 'batch', scale: 'none' }), [2, 4], fromBatch);
    expectClose(groupAdvantage(reward, { center: 'batch', scale: 'batch' }), [2, 4], fromBatch.map((x) => x / Math.sqrt(8 / 7)));
    expectClose(groupAdvantage(reward, { center: 'batch', scale: 'batch', epsilon: 1e-8 }), [2, 4], Array.from(advantageNormalization(reward).dataSync()));
    expectClose(groupAdvantage(reward, { center: 'constant', baseline: 0.5, scale: 'none' }), [2, 4], [0.5, -0.5, -0.5, 2.5, 1.5, 1.5, 1.5, 1.5]);
    expectClose(groupAdvantage(reward, { center: 'constant', baseline: tf.tensor1d([1, 2]), scale: 'none' }), [2, 4], [0, -1, -1, 2, 0, 0, 0, 0]);
    expectClose(groupAdvantage(reward, { center: 'constant', baseline: tf.ones([2, 4]), scale: 'batch' }), [2, 4], [0, -1, -1, 2, 1, 1, 1, 1].map((x) => x / Math.sqrt(8 / 7)));
  });

  it('does not depend on constants added to a group, nor, scaled, on factors', () => {
    const moved = reward.mul(5).add(tf.tensor2d([[7], [-3]]));
    for (const center of ['mean', 'leaveOneOut'] as const) {
      expectClose(groupAdvantage(moved, { center, scale: 'group' }), [2, 4], Array.from(groupAdvantage(reward, { center, scale: 'group' }).dataSync()), 1e-5);
    }
  });

  it('leaves out what does not count, whatever it is', () => {
    const partial = tf.tensor2d([[1, NaN, 0, 5], [4, NaN, NaN, NaN]]);
    const mask = tf.tensor2d([[1, 0, 1, 1], [1, 0, 0, 0]]);
    // Of three: mean 2, deviation √((1 + 4 + 9)/2) = √7; a group of one has no others and no deviation.
    expectClose(groupAdvantage(partial, { mask, scale: 'none' }), [2, 4], [-1, 0, -2, 3, 0, 0, 0, 0]);
    expectClose(groupAdvantage(partial, { mask }), [2, 4], [-1, 0, -2, 3, 0, 0, 0, 0].map((x) => x / Math.sqrt(7)));
    expectClose(groupAdvantage(partial, { mask, center: 'leaveOneOut', scale: 'none' }), [2, 4], [-1.5, 0, -3, 4.5, 0, 0, 0, 0]);
    // Of four: mean 2.5, squares 2.25 + 6.25 + 6.25 + 2.25 = 17
    expectClose(groupAdvantage(partial, { mask, center: 'batch', scale: 'batch' }), [2, 4], [-1.5, 0, -2.5, 2.5, 1.5, 0, 0, 0].map((x) => x / Math.sqrt(17 / 3)));
    expectClose(groupAdvantage(partial, { mask, center: 'constant', baseline: 1, scale: 'none' }), [2, 4], [0, 0, -1, 4, 3, 0, 0, 0]);
    expectClose(groupAdvantage(partial, { mask, center: 'none', scale: 'none' }), [2, 4], [1, 0, 0, 5, 4, 0, 0, 0]);
  });

  it('refuses groups that are too small, rewards without groups, and baselines out of place', () => {
    expect(() => groupAdvantage(tf.ones([3, 1]))).toThrow('needs at least 2 outcomes in a group, got 1');
    expect(() => groupAdvantage(tf.ones([3]))).toThrow('groupAdvantage: reward must be [Q, G], got [3]');
    expect(() => groupAdvantage(reward, { center: 'constant' })).toThrow("a baseline goes with center 'constant', and only with it, got center 'constant' without one");
    expect(() => groupAdvantage(reward, { baseline: 1 })).toThrow("got center 'mean' with one");
  });

  it('leaks nothing and returns a tensor of its own', () => {
    const before = tf.memory().numTensors;
    groupAdvantage(reward, { center: 'none', scale: 'none' }).dispose();
    groupAdvantage(reward).dispose();
    groupAdvantage(reward, { mask: reward, center: 'batch' }).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(reward.isDisposed).toBe(false);
  });
});
