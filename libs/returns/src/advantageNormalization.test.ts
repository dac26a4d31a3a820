import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { advantageNormalization } from './advantageNormalization.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

describe('advantageNormalization', () => {
  it('centres and scales over all elements', () => {
    // Mean 3, squares 4 + 0 + 4, deviation √(8/2) = 2
    expectClose(advantageNormalization(tf.tensor1d([1, 3, 5])), [-1, 0, 1]);
  });

  it('ignores what the mask leaves out, also where it is not a number', () => {
    const mask = tf.tensor2d([[1, 1], [0, 1]]);
    expectClose(advantageNormalization(tf.tensor2d([[1, 3], [NaN, 5]]), { mask }), [-1, 0, 0, 1]);
  });

  it('is zero for equal advantages, and for a single one', () => {
    expectClose(advantageNormalization(tf.tensor1d([2, 2, 2])), [0, 0, 0]);
    expectClose(advantageNormalization(tf.tensor1d([2])), [0]);
  });
});
