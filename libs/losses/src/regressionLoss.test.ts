import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { regressionLoss } from './regressionLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const prediction = tf.tensor2d([[1, 2], [3, 5]]);
const target = tf.tensor2d([[1.5, 0], [0, 5]]);

describe('regressionLoss', () => {
  it('gives the numbers worked out by hand', () => {
    expectClose(regressionLoss(prediction, target, { distance: 'mse' }), [2], [4.25, 9]);
    expectClose(regressionLoss(prediction, target, { distance: 'mae' }), [2], [2.5, 3]);
    expectClose(regressionLoss(prediction, target, { distance: 'huber' }), [2], [0.125 + 1.5, 2.5]);
    expectClose(regressionLoss(tf.tensor1d([2]), tf.tensor1d([4]), { distance: 'mse', weight: tf.tensor1d([0.5]) }), [1], [2]);
  });

  it('has the gradient of its definition, and none in the target', () => {
    for (const distance of ['mse', 'mae', 'huber'] as const) expectGradient((x) => regressionLoss(x, target.add(0.1), { distance }), prediction, 5e-3);
    expectClose(tf.grad((x) => regressionLoss(prediction, x, { distance: 'mse' }).sum().add(x.sum()))(target), [2, 2], [1, 1, 1, 1]);
  });

  it('refuses shapes that differ', () => {
    expect(() => regressionLoss(prediction, tf.zeros([2]), { distance: 'mse' })).toThrow('one shape, got [2, 2] and [2]');
  });
});
