import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { softTdTarget } from './softTdTarget.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

describe('softTdTarget', () => {
  const transitions = {
    reward: tf.tensor1d([1, 2]),
    nextQ: tf.tensor2d([[4, 9], [6, 9]]),
    nextLogProb: tf.tensor1d([-2, -1]),
    terminated: tf.tensor1d([0, 1], 'int32'),
  };

  it('subtracts the priced log-probability from the smallest member', () => {
    // 1 + 0.5·(4 + 0.1·2), and 2 at the end
    expectClose(softTdTarget(transitions, { discount: 0.5, temperature: 0.1 }), [3.1, 2]);
    expectClose(softTdTarget(transitions, { discount: 0.5, temperature: tf.scalar(0.1), reduce: 'mean' }), [3.6, 2]);
  });

  it('lets no gradient flow into the temperature or the log-probability', () => {
    const gradient = tf.grad((x) => softTdTarget({ ...transitions, nextLogProb: x }, { discount: 0.5, temperature: x.sum() as tf.Scalar }).sum().add(x.sum()))(tf.tensor1d([1, 2]));
    expect(Array.from(gradient.dataSync())).toEqual([1, 1]);
  });
});
