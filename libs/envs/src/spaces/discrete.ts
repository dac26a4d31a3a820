import type { Rng } from '@rivulet/engine';
import type { Discrete } from '../space.js';

/**
 * The integers start .. start + n − 1, drawn uniformly.
 * @throws when n is not a positive integer or start not an integer.
 */
export function discrete(n: number, start = 0): Discrete {
  if (!Number.isInteger(n) || n < 1) throw new Error(`discrete: n must be a positive integer, got ${n}`);
  if (!Number.isInteger(start)) throw new Error(`discrete: start must be an integer, got ${start}`);
  return {
    kind: 'discrete',
    n,
    start,
    sample: (rng: Rng): number => start + rng.nextInt(n),
    contains: (value: unknown): value is number => Number.isInteger(value) && (value as number) >= start && (value as number) < start + n,
  };
}
