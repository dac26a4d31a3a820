import { beforeAll, describe, expect, it } from 'vitest';
import { repairGradients } from './repairGradients.js';
import { tf } from './tf.js';

const slope = () => [...tf.grad((x: tf.Tensor) => tf.cumsum(x, 0).mul(tf.tensor2d([[1, 2], [3, 4]])).sum())(tf.ones([2, 2])).dataSync<'float32'>()];
const second = () => tf.grad(tf.grad((x: tf.Tensor) => tf.tanh(x)))(tf.scalar(0.5)).dataSync<'float32'>()[0];
const expectedSecond = -2 * Math.tanh(0.5) * (1 - Math.tanh(0.5) ** 2);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('repairGradients', () => {
  it('can be called again', () => {
    repairGradients();
    repairGradients();
    expect(slope()).toEqual([4, 6, 3, 4]);
    expect(second()).toBeCloseTo(expectedSecond, 5);
  });

  it('takes over from a registration that came later', () => {
    tf.unregisterGradient('Cumsum');
    tf.registerGradient({ kernelName: 'Cumsum', gradFunc: (dy) => ({ x: () => (dy as tf.Tensor).mul(0) }) });
    expect(slope()).toEqual([0, 0, 0, 0]);
    repairGradients();
    expect(slope()).toEqual([4, 6, 3, 4]);
  });

  it('makes the saved value of a custom gradient differentiable', () => {
    const exp = tf.customGrad((x, save) => {
      const value = tf.exp(x as tf.Tensor);
      (save as tf.GradSaveFunc)([value]);
      return { value, gradFunc: (dy, [saved]) => dy.mul(saved) };
    });
    expect(tf.grad(tf.grad(tf.grad((x: tf.Tensor) => exp(x))))(tf.scalar(0.5)).dataSync<'float32'>()[0]).toBeCloseTo(Math.exp(0.5), 5);
  });
});
