import type { Rng } from '@rivulet/engine';
import type { MultiDiscrete } from '../space.js';

/**
 * Vectors of integers, the i-th uniform in 0 .. nvec[i] − 1.
 * @throws when a size is not a positive integer.
 */
export function multiDiscrete(nvec: readonly number[]): MultiDiscrete {
  const sizes = [...nvec];
  sizes.forEach((n, i) => {
    if (!Number.isInteger(n) || n < 1) throw new Error(`multiDiscrete: nvec[${i}] must be a positive integer, got ${n}`);
  });
  return {
    kind: 'multiDiscrete',
    nvec: sizes,
    sample: (rng: Rng): Int32Array => Int32Array.from(sizes, (n) => rng.nextInt(n)),
    contains: (value: unknown): value is Int32Array =>
      value instanceof Int32Array && value.length === sizes.length && value.every((x, i) => x >= 0 && x < sizes[i]),
  };
}
