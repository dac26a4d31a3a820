import type { tf } from '@rivulet/engine';
import { expect } from 'vitest';

/** Compares shape and numbers. */
export function expectClose(actual: tf.Tensor, shape: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  expect(actual.shape).toEqual(shape);
  const values = actual.dataSync();
  expect(values.length).toBe(expected.length);
  expected.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}
