import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { doubleQTarget } from './doubleQTarget.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

describe('doubleQTarget', () => {
  it('equals the golden values of rlax (value_learning_test.py, DoubleQLearningTest: errors 0 and 1 for values 1 and 2)', () => {
    const target = doubleQTarget(
      {
        reward: tf.tensor1d([1, 1]),
        selectorQ: tf.tensor2d([[2, 10, 1], [11, 20, 1]]),
        targetQ: tf.tensor2d([[99, 1, 98], [91, 2, 66]]),
        terminated: tf.zeros([2]),
      },
      { discount: tf.tensor1d([0, 1]) },
    );
    expectClose(target.sub(tf.tensor1d([1, 2])), [0, 1]);
  });

  it('lets no gradient flow into either network, although the choice has none', () => {
    const q = tf.tensor2d([[1, 2]]);
    const gradient = tf.grad((x) => doubleQTarget({ reward: tf.tensor1d([1]), selectorQ: x, targetQ: x, terminated: tf.zeros([1]) }, { discount: 1 }).add(x.sum()).sum())(q);
    expect(Array.from(gradient.dataSync())).toEqual([1, 1]);
  });
});
