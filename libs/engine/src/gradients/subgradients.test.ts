import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../tf.js';
import { valueAndGrad } from '../valueAndGrad.js';

const gradient = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor) => [...valueAndGrad((p: tf.Tensor) => f(p).sum() as tf.Scalar)(x).grads.dataSync<'float32'>()];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('gradients at kinks and zeros', () => {
  it('abs has slope 0 at 0', () => {
    expect(gradient(tf.abs, tf.tensor1d([-2, 0, 3]))).toEqual([-1, 0, 1]);
  });

  it('max and min share the gradient among the elements that tie', () => {
    expect(gradient((x) => x.max(-1), tf.tensor2d([[1, 3, 3], [5, 5, 5]]))).toEqual([0, 0.5, 0.5, ...Array<number>(3).fill(Math.fround(1 / 3))]);
    expect(gradient((x) => x.min(), tf.tensor1d([2, 1, 1, 4]))).toEqual([0, 0.5, 0.5, 0]);
  });

  it('maximum and minimum give a tie to their first argument', () => {
    expect(gradient((x) => tf.maximum(x, tf.zerosLike(x)), tf.tensor1d([-1, 0, 1]))).toEqual([0, 1, 1]);
    expect(gradient((x) => tf.minimum(tf.zerosLike(x), x), tf.tensor1d([-1, 0, 1]))).toEqual([1, 0, 0]);
  });

  it('clipByValue passes the gradient up to its bounds and no further', () => {
    expect(gradient((x) => tf.clipByValue(x, -1, 1), tf.tensor1d([-1.1, -1, 0, 1, 1.1]))).toEqual([0, 1, 1, 1, 0]);
  });

  it('relu, relu6 and elu have the slopes of the left side, and elu stays finite far out', () => {
    expect(gradient(tf.relu, tf.tensor1d([-1, 0, 1]))).toEqual([0, 0, 1]);
    expect(gradient(tf.relu6, tf.tensor1d([0, 6, 7]))).toEqual([0, 1, 0]);
    expect(gradient(tf.elu, tf.tensor1d([-200, 0, 200]))).toEqual([0, 1, 1]);
    expect(gradient((x) => tf.grad((y: tf.Tensor) => tf.elu(y).sum())(x), tf.tensor1d([-200, 200]))).toEqual([0, 0]);
  });

  it('cumprod and prod allow zeros', () => {
    // y = (a, ab, abc) at (2, 0, 3): ∂a = 1 + b + bc = 1, ∂b = a + ac = 8, ∂c = ab = 0.
    expect(gradient((x) => tf.cumprod(x, 0), tf.tensor1d([2, 0, 3]))).toEqual([1, 8, 0]);
    expect(gradient((x) => x.prod(), tf.tensor1d([2, 0, 3]))).toEqual([0, 6, 0]);
    expect(gradient((x) => x.prod(), tf.tensor1d([0, 0, 3]))).toEqual([0, 0, 0]);
  });

  it('a mask that depends on the variable does not hide the rest of the gradient', () => {
    // The Huber loss of 0.5 and 3 with threshold 1: slopes x and 1.
    const huber = (x: tf.Tensor) => tf.where(x.abs().lessEqual(1), x.square().mul(0.5), x.abs().sub(0.5));
    expect(gradient(huber, tf.tensor1d([0.5, 3, -3]))).toEqual([0.5, 1, -1]);
  });

  it('a cast to integers passes nothing, a cast between floats everything', () => {
    expect(gradient((x) => x.toInt().toFloat().add(x.toFloat().mul(2)), tf.tensor1d([1.5]))).toEqual([2]);
  });
});

describe('third derivatives', () => {
  const third = (f: (x: tf.Tensor) => tf.Tensor, at: number) => {
    const derivative = (g: (x: tf.Tensor) => tf.Tensor) => tf.grad((x: tf.Tensor) => g(x));
    return derivative(derivative(derivative(f)))(tf.scalar(at)).dataSync<'float32'>()[0];
  };

  it('of ops that save their output are right', () => {
    const [t, s] = [Math.tanh(0.4), 1 / (1 + Math.exp(-0.4))];
    expect(third(tf.exp, 0.4)).toBeCloseTo(Math.exp(0.4), 4);
    expect(third(tf.tanh, 0.4)).toBeCloseTo((1 - t * t) * (6 * t * t - 2), 4);
    expect(third(tf.sigmoid, 0.4)).toBeCloseTo(s * (1 - s) * (1 - 6 * s + 6 * s * s), 4);
    expect(third((x) => x.pow(4), 0.4)).toBeCloseTo(24 * 0.4, 4);
    expect(third((x) => tf.elu(x.neg()), 0.4)).toBeCloseTo(-Math.exp(-0.4), 4);
  });
});
