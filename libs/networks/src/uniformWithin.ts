import { type Rng, sizeOf } from '@rivulet/engine';

/** Draws of U(-limit, limit) for a shape. */
export function uniformWithin(rng: Rng, shape: readonly number[], limit: number): Float32Array {
  return rng.fillUniform(new Float32Array(sizeOf(shape)), -limit, limit);
}
