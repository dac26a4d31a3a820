import { sizeOf } from '@rivulet/engine';
import type { Initializer } from './initializer.js';

/** The same value everywhere. */
export function constant(value: number): Initializer {
  return (_rng, shape) => new Float32Array(sizeOf(shape)).fill(value);
}
