import type { tf } from '@rivulet/engine';
import { expect } from 'vitest';

/** Compares numbers, of a tensor or a list, up to a relative tolerance. */
export function expectClose(actual: tf.Tensor | ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void {
  const values = 'dataSync' in actual ? actual.dataSync() : actual;
  expect(values.length).toBe(expected.length);
  expected.forEach((x, i) => expect(Math.abs(values[i] - x), `number ${i} is ${values[i]}, expected ${x}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}
