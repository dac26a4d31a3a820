import { beforeAll, describe, expect, it } from 'vitest';
import { stopGradient } from './stopGradient.js';
import { tensorCount } from './tensorCount.js';
import { tf } from './tf.js';
import { valueAndGrad } from './valueAndGrad.js';

const numbers = (x: tf.Tensor) => [...x.dataSync<'float32'>()];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('stopGradient', () => {
  it('keeps the values of a tree and stops derivatives of every order', () => {
    const x = tf.scalar(2);
    const f = (p: tf.Tensor) => p.square().mul(stopGradient({ cube: p.pow(3) }).cube) as tf.Scalar;
    const first = valueAndGrad(f);
    const second = valueAndGrad((p: tf.Tensor) => first(p).grads as tf.Scalar);
    // With c = 8 constant, f = c·x²: f' = 2·c·x = 32, f'' = 2·c = 16.
    expect([numbers(first(x).loss), numbers(first(x).grads), numbers(second(x).grads)]).toEqual([[32], [32], [16]]);
  });

  it('costs no backward pass upstream', () => {
    let backward = 0;
    const counted = tf.customGrad((x) => ({ value: (x as tf.Tensor).clone(), gradFunc: (dy) => { backward++; return dy; } }));
    const { grads } = valueAndGrad((p: tf.Tensor) => stopGradient(counted(p)).mul(p) as tf.Scalar)(tf.scalar(3));
    expect([numbers(grads), backward]).toEqual([[3], 0]);
  });

  it('works outside of any derivative and leaks nothing', () => {
    const x = tf.tensor1d([1, 2]);
    const before = tensorCount();
    const y = stopGradient(x);
    expect(numbers(y)).toEqual([1, 2]);
    y.dispose();
    expect([tensorCount(), numbers(x)]).toEqual([before, [1, 2]]);
  });
});
