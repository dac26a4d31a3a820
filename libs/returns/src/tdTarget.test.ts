import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { tdTarget } from './tdTarget.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

const reward = tf.tensor1d([1, 2, 3]);
const terminated = tf.tensor1d([0, 1, 0], 'int32');

describe('tdTarget', () => {
  it('bootstraps unless the task ended', () => {
    expectClose(tdTarget({ reward, nextValue: tf.tensor1d([10, NaN, 20]), terminated }, { discount: 0.5 }), [6, 2, 13]);
  });

  it('takes a discount for each transition', () => {
    expectClose(tdTarget({ reward, nextValue: tf.tensor1d([10, 10, 20]), terminated }, { discount: tf.tensor1d([0.1, 0.5, 0.25]) }), [2, 2, 8]);
  });

  it('reduces an ensemble by its minimum or mean', () => {
    const nextValue = tf.tensor2d([[10, 0, 40], [20, 0, 20]]);
    expectClose(tdTarget({ reward, nextValue, terminated }, { discount: 0.5 }), [6, 2, 13]);
    expectClose(tdTarget({ reward, nextValue, terminated }, { discount: 0.5, reduce: 'mean' }), [8.5, 2, 18]);
    expect(() => tdTarget({ reward: tf.scalar(1), nextValue, terminated }, { discount: 0.5 })).toThrow('tdTarget: nextValue must be shaped like reward');
  });

  it('lets no gradient flow, and refuses a done flag at compile time', () => {
    const gradient = tf.grad((nextValue) => nextValue.add(tdTarget({ reward, nextValue, terminated }, { discount: 0.5 })).sum())(tf.tensor1d([1, 2, 3]));
    expect(Array.from(gradient.dataSync())).toEqual([1, 1, 1]);
    // @ts-expect-error a done flag does not say whether the task ended
    expect(() => tdTarget({ reward, nextValue: reward, done: terminated }, { discount: 0.5 })).toThrow();
  });
});
