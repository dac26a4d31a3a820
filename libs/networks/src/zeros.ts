import { sizeOf } from '@rivulet/engine';
import type { Initializer } from './initializer.js';

/** All zeros. */
export function zeros(): Initializer {
  return (_rng, shape) => new Float32Array(sizeOf(shape));
}
