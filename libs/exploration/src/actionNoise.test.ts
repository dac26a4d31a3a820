import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { actionNoise } from './actionNoise.js';
import { ornsteinUhlenbeck } from './ornsteinUhlenbeck.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('actionNoise', () => {
  const action = tf.tensor2d([[0, 0.9], [-0.5, 0.2]]);
  const noise = tf.tensor2d([[1, 4], [-2, -0.5]]);

  it('scales, clips the noise, and then the action', () => {
    expectClose(actionNoise(action, noise, { std: 0.5 }), [2, 2], [0.5, 2.9, -1.5, -0.05]);
    expectClose(actionNoise(action, noise, { std: 0.5, clip: 0.6 }), [2, 2], [0.5, 1.5, -1.1, -0.05]);
    expectClose(actionNoise(action, noise, { std: 0.5, clip: 0.6, low: -1, high: tf.tensor1d([0.25, 1]) }), [2, 2], [0.25, 1, -1, -0.05]);
  });
});

describe('ornsteinUhlenbeck', () => {
  it('gives the numbers worked out by hand', () => {
    // 1 + 0.5·(3 − 1)·0.25 + 2·0.5·4
    expectClose(ornsteinUhlenbeck(tf.tensor1d([1]), tf.tensor1d([4]), { std: 2, theta: 0.5, mean: 3, dt: 0.25 }), [1], [5.25]);
    expectClose(ornsteinUhlenbeck(tf.tensor1d([1]), tf.tensor1d([0]), { std: 2 }), [1], [0.9985]);
  });

  it('tends to the standard deviation σ/√(2θ − θ²Δt)', () => {
    const [n, steps] = [4000, 60];
    const rng = Rng.fromSeed(11);
    let x: tf.Tensor = tf.zeros([n]);
    for (let i = 0; i < steps; i++) x = ornsteinUhlenbeck(x, rng.normal([n]), { std: 0.3, theta: 0.5, dt: 0.5 });
    const expected = 0.3 / Math.sqrt(1 - 0.125);
    const deviation = Math.sqrt(tf.moments(x).variance.dataSync()[0]);
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
  });
});
