import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { runningNormalizer } from './runningNormalizer.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('runningNormalizer', () => {
  it('is the identity before it has seen anything', () => {
    const state = runningNormalizer.init([2]);
    const out = runningNormalizer.apply(state, tf.tensor([[1.5, -2]]));
    expect(out.arraySync()).toEqual([[1.5, -2]]);
  });

  it('batch by batch gives the moments of all rows at once', () => {
    const x = Rng.fromSeed(3).normal([30, 2]).mul([2, 5]).add([10, -3]) as tf.Tensor2D;
    let state = runningNormalizer.init([2]);
    for (const [from, size] of [[0, 7], [7, 1], [8, 22]]) state = runningNormalizer.update(state, tf.slice(x, [from, 0], [size, 2]));
    const { mean, variance } = tf.moments(x, 0);
    const close = (a: tf.Tensor, b: tf.Tensor) => expect(a.sub(b).abs().max().dataSync()[0]).toBeLessThan(1e-4);
    close(state.mean, mean);
    close(state.variance, variance);
    expect(state.count.dataSync()[0]).toBe(30);
    const normalized = runningNormalizer.apply(state, x);
    close(tf.moments(normalized, 0).mean, tf.zeros([2]));
    close(tf.moments(normalized, 0).variance, tf.ones([2]));
  });

  it('clips', () => {
    const state = runningNormalizer.init([1]);
    expect(runningNormalizer.apply(state, tf.tensor([[100], [-7]]), 5).arraySync()).toEqual([[5], [-5]]);
  });

  it('leaks nothing', () => {
    const state = runningNormalizer.init([1]);
    const x = tf.ones([4, 1]);
    const before = tf.memory().numTensors;
    tf.dispose(runningNormalizer.update(state, x));
    runningNormalizer.apply(state, x).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
