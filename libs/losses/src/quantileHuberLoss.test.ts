import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { quantileHuberLoss } from './quantileHuberLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const prediction = tf.tensor2d([[0, 1]]);
const tau = tf.tensor1d([0.25, 0.75]);
const target = tf.tensor2d([[0.5, -2]]);

describe('quantileHuberLoss', () => {
  it('gives the numbers worked out by hand', () => {
    // u = [0.5, −2; −0.5, −3], H = [0.125, 1.5; 0.125, 2.5], factors [0.25, 0.75; 0.25, 0.25]
    expectClose(quantileHuberLoss({ prediction, tau, target }), [1], [(0.03125 + 1.125 + 0.03125 + 0.625) / 2]);
    // |u|: 0.5, 2, 0.5, 3
    expectClose(quantileHuberLoss({ prediction, tau, target }, { kappa: 0 }), [1], [(0.125 + 1.5 + 0.125 + 0.75) / 2]);
    // Divided by κ = 2: u²/4 = 0.0625, 1, 0.0625 and 3 − 1
    expectClose(quantileHuberLoss({ prediction, tau, target }, { kappa: 2 }), [1], [(0.015625 + 0.75 + 0.015625 + 0.5) / 2]);
  });

  it('takes levels for each row and probabilities of the targets', () => {
    const weight = tf.tensor2d([[1, 0]]);
    expectClose(quantileHuberLoss({ prediction, tau: tf.tensor2d([[0.25, 0.75]]), target }, { weight }), [1], [0.0625]);
  });

  it('has the gradient of its definition, and none in the target', () => {
    for (const kappa of [0, 1, 2.2]) expectGradient((x) => quantileHuberLoss({ prediction: x, tau, target }, { kappa }), prediction.add(0.1), 5e-3);
    expectClose(tf.grad((x) => quantileHuberLoss({ prediction, tau, target: x }).sum().add(x.sum()))(target), [1, 2], [1, 1]);
  });

  it('is stationary at the quantiles of the target', () => {
    // With κ = 0 the slope at level τ is (share below) − τ: 1 of 4 below the 0.25 quantile, 3 of 4 below the 0.75 one.
    const samples = tf.tensor2d([[0, 1, 2, 3]]);
    expectClose(tf.grad((x) => quantileHuberLoss({ prediction: x, tau, target: samples }, { kappa: 0 }).sum())(tf.tensor2d([[0.5, 2.5]])), [1, 2], [0, 0]);
    expect(() => quantileHuberLoss({ prediction, tau, target }, { kappa: -1 })).toThrow('kappa must not be negative');
  });
});
