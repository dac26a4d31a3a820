import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { tdLoss } from './tdLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const target = tf.tensor1d([1, 2, 3]);
const prediction = tf.tensor1d([1.5, 0, 6]);

describe('tdLoss', () => {
  it('gives the numbers worked out by hand for every distance', () => {
    expectClose(tdLoss(prediction, target, { distance: 'mse' }), [3], [0.25, 4, 9]);
    expectClose(tdLoss(prediction, target, { distance: 'huber' }), [3], [0.125, 1.5, 2.5]);
    expectClose(tdLoss(prediction, target, { distance: 'huber', delta: 2.5 }), [3], [0.125, 2, 2.5 * (3 - 1.25)]);
    expectClose(tdLoss(tf.tensor1d([0.25, 0.5]), tf.tensor1d([1, 0.5]), { distance: 'logLoss' }), [2], [Math.log(4), Math.log(2)]);
  });

  it('sums the members of an ensemble', () => {
    const members = tf.tensor2d([[1.5, 0, 6], [1, 3, 3]]);
    expectClose(tdLoss(members, target, { distance: 'mse' }), [3], [0.25, 5, 9]);
    expectClose(tdLoss(members, target, { distance: 'mse', weight: tf.tensor1d([4, 1, 0]) }), [3], [1, 5, 0]);
  });

  it('clips the value as PPO does: the larger distance counts', () => {
    const clip = { around: tf.tensor1d([1.4, 1, 1]), range: 0.5 };
    // Near: 1.5 (inside), 0.5, 1.5. Distances: 0.25; max(4, 2.25); max(9, 2.25)
    expectClose(tdLoss(prediction, target, { distance: 'mse', clip }), [3], [0.25, 4, 9]);
    // 6 → near 1.5 around 1: the clipped value is the worse one when the prediction has overtaken the target.
    expectClose(tdLoss(tf.tensor1d([3]), tf.tensor1d([3]), { distance: 'mse', clip: { around: tf.tensor1d([1]), range: 0.5 } }), [1], [2.25]);
  });

  it('has the gradient of its definition', () => {
    const members = tf.tensor2d([[1.5, 0, 6], [1.2, 3.3, 3.1]]);
    for (const distance of ['mse', 'huber'] as const) {
      expectGradient((x) => tdLoss(x, target, { distance, weight: tf.tensor1d([4, 1, 0.5]) }), members, 5e-3);
      expectGradient((x) => tdLoss(x, target, { distance, clip: { around: tf.tensor1d([1.4, 1, 1]), range: 0.5 } }), prediction, 5e-3);
    }
    expectGradient((x) => tdLoss(x, tf.tensor1d([1, 0.2]), { distance: 'logLoss' }), tf.tensor1d([0.4, 0.5]));
    // Where the clip is active and decides, the prediction is not moved.
    const clipped = tf.grad((x) => tdLoss(x, tf.tensor1d([3]), { distance: 'mse', clip: { around: tf.tensor1d([1]), range: 0.5 } }).sum())(tf.tensor1d([3]));
    expectClose(clipped, [1], [0]);
    // Inside the range both branches agree, and the gradient is that of one.
    const inside = tf.grad((x) => tdLoss(x, tf.tensor1d([3]), { distance: 'mse', clip: { around: tf.tensor1d([1]), range: 0.5 } }).sum())(tf.tensor1d([1.25]));
    expectClose(inside, [1], [-3.5]);
  });

  it('lets no gradient into targets, weights and the centre of the clip', () => {
    const gradient = tf.grad((x) => tdLoss(prediction, x, { distance: 'mse', weight: x, clip: { around: x, range: 1 } }).add(x).sum())(target);
    expectClose(gradient, [3], [1, 1, 1]);
  });

  it('refuses predictions that would broadcast', () => {
    expect(() => tdLoss(tf.zeros([3, 1]), target, { distance: 'mse' })).toThrow('tdLoss: prediction must be shaped like target, [3], or lead with an axis of members, got [3, 1]');
    expect(() => tdLoss(target, tf.zeros([3, 1]), { distance: 'mse' })).toThrow('tdLoss: prediction must be shaped like target');
  });
});
