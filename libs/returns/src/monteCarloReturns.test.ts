import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { monteCarloReturns } from './monteCarloReturns.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

// The inputs of rlax's multistep_test.py.
const reward = tf.tensor2d([[1, 0, -1, 0, 1], [0.5, 0.8, -0.7, 0, 2.1]]);
const discount = tf.tensor2d([[0.5, 0.9, 1, 0.5, 0.8], [0.9, 0.5, 0.3, 0.8, 0.7]]);
const nextValue = tf.tensor2d([[3, 1, 5, -5, 3], [-1.7, 1.2, 2.3, 2.2, 2.7]]);
const none = tf.zeros([2, 5], 'int32');
const recorded = { reward, nextValue, terminated: none, truncated: none };

// Terminated at step 1, truncated at step 3.
const ends = {
  reward: tf.tensor2d([[1, 2, 3, 4, 5]]),
  nextValue: tf.tensor2d([[1, NaN, 2, 4, 6]]),
  terminated: tf.tensor2d([[0, 1, 0, 0, 0]], [1, 5], 'int32'),
  truncated: tf.tensor2d([[0, 0, 0, 1, 0]], [1, 5], 'int32'),
};

describe('monteCarloReturns', () => {
  it('equals the golden values of rlax (multistep_test.py, DiscountedReturnsTest)', () => {
    expectClose(monteCarloReturns(recorded, { discount }), [
      [1.315, 0.63, 0.7, 1.7, 3.4],
      [1.33592, 0.9288, 0.2576, 3.192, 3.99],
    ]);
  });

  it('starts anew at every end, with the bootstrap only where the episode was cut', () => {
    expectClose(monteCarloReturns(ends, { discount: 0.5 }), [[2, 2, 6, 6, 8]]);
    expectClose(monteCarloReturns({ ...ends, nextValue: 0 }, { discount: 0.5 }), [[2, 2, 5, 4, 5]]);
  });
});
