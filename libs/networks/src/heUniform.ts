import { fansOf } from './fansOf.js';
import { uniformWithin } from './uniformWithin.js';
import type { Initializer } from './initializer.js';

/**
 * U(-a, a) with a = √(6 / fanIn), of variance 2 / fanIn.
 *
 * Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers" (2015), eq. 10.
 */
export function heUniform(): Initializer {
  return (rng, shape, fans = fansOf(shape)) => uniformWithin(rng, shape, Math.sqrt(6 / fans.fanIn));
}
