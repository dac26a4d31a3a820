import { fansOf } from './fansOf.js';
import { normalWith } from './normalWith.js';
import type { Initializer } from './initializer.js';

/**
 * N(0, 2 / fanIn), not truncated.
 *
 * Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers" (2015), eq. 10.
 */
export function heNormal(): Initializer {
  return (rng, shape, fans = fansOf(shape)) => normalWith(rng, shape, Math.sqrt(2 / fans.fanIn));
}
