import type { Rng } from '@rivulet/engine';
import type { MultiBinary } from '../space.js';

/**
 * Vectors of n fair zeros and ones.
 * @throws when n is not a positive integer.
 */
export function multiBinary(n: number): MultiBinary {
  if (!Number.isInteger(n) || n < 1) throw new Error(`multiBinary: n must be a positive integer, got ${n}`);
  return {
    kind: 'multiBinary',
    n,
    sample: (rng: Rng): Int32Array => Int32Array.from({ length: n }, () => rng.nextInt(2)),
    contains: (value: unknown): value is Int32Array => value instanceof Int32Array && value.length === n && value.every((x) => x === 0 || x === 1),
  };
}
