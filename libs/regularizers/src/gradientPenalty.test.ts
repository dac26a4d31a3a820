import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { gradientPenalty } from './gradientPenalty.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const x = tf.tensor2d([[1, 2], [0.5, -1]]);

describe('gradientPenalty', () => {
  it('gives the numbers worked out by hand', () => {
    // f = 3·x₀ + 4·x₁: norm 5 everywhere
    const linear = (input: tf.Tensor) => input.mul(tf.tensor1d([3, 4])).sum(-1);
    expectClose(gradientPenalty(linear, x), [2], [16, 16]);
    expectClose(gradientPenalty(linear, x, { target: 7 }), [2], [4, 4]);
    expectClose(gradientPenalty(linear, x, { target: 7, sided: 1 }), [2], [0, 0]);
    expectClose(gradientPenalty(linear, x, { target: 2, sided: 1 }), [2], [9, 9]);
    // f = |x|²/2: the norm of the gradient is |x|
    expectClose(gradientPenalty((input) => input.square().sum(-1).div(2), x, { target: 0 }), [2], [5, 1.25]);
  });

  it('has the gradient of its definition in the parameters, through tanh and softplus networks', () => {
    const w1 = tf.tensor2d([[0.3, -0.5, 0.8], [0.6, 0.2, -0.3]]);
    const w2 = tf.tensor2d([[0.7], [-0.9], [0.4]]);
    for (const activation of [(y: tf.Tensor) => y.tanh(), (y: tf.Tensor) => y.softplus(), (y: tf.Tensor) => y.relu()]) {
      expectGradient((w) => gradientPenalty((input) => activation(input.matMul(w)).matMul(w2), x), w1, 5e-3);
    }
  });

  it('leaks nothing', () => {
    const before = tf.memory().numTensors;
    gradientPenalty((input) => input.square().sum(-1), x).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a constant network', () => {
  it('has a finite penalty and a finite gradient', () => {
    const gradient = tf.grad((w) => gradientPenalty((input) => input.matMul(w), x).sum())(tf.zeros([2, 1]));
    expect(Array.from(gradient.dataSync()).every(Number.isFinite)).toBe(true);
  });
});
