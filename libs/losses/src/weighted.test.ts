import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { weighted } from './weighted.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('weighted', () => {
  it('adds the weighted terms and reports each without its coefficient', () => {
    const { loss, metrics } = weighted({ policy: [1, tf.scalar(2)], value: [0.5, tf.scalar(3)], entropy: [tf.scalar(-0.01), tf.scalar(10)] });
    expectClose(loss, [], [3.4]);
    expect(Object.keys(metrics).sort()).toEqual(['entropy', 'loss', 'policy', 'value']);
    expectClose(metrics.entropy, [], [10]);
    expectClose(metrics.loss, [], [3.4]);
  });

  it('has the gradient of the sum; coefficients and metrics have none', () => {
    const gradient = tf.grad((x) => {
      const { loss, metrics } = weighted({ a: [2, x.square().sum()], b: [x.sum() as tf.Scalar, tf.scalar(5)] });
      return loss.add(metrics.a).add(metrics.loss);
    })(tf.tensor1d([1, 3]));
    expectClose(gradient, [2], [4, 12]);
  });

  it('refuses no terms, a term called loss, and terms that are not reduced', () => {
    expect(() => weighted({})).toThrow('weighted: there is no term');
    expect(() => weighted({ loss: [1, tf.scalar(1)] })).toThrow("a term cannot be called 'loss'");
    expect(() => weighted({ policy: [1, tf.zeros([3]) as unknown as tf.Scalar] })).toThrow("weighted: the term 'policy' must be a scalar, got [3]: reduce it by aggregateLoss");
  });

  it('leaks nothing', () => {
    const term = tf.scalar(1);
    const before = tf.memory().numTensors;
    const { loss, metrics } = weighted({ policy: [1, term] });
    tf.dispose([loss, metrics]);
    expect(tf.memory().numTensors).toBe(before);
    expect(term.isDisposed).toBe(false);
  });
});
