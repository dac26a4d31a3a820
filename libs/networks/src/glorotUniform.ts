import { fansOf } from './fansOf.js';
import { uniformWithin } from './uniformWithin.js';
import type { Initializer } from './initializer.js';

/**
 * U(-a, a) with a = gain·√(6 / (fanIn + fanOut)), of variance gain²·2 / (fanIn + fanOut).
 *
 * Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), eq. 16.
 */
export function glorotUniform(gain = 1): Initializer {
  return (rng, shape, fans = fansOf(shape)) => uniformWithin(rng, shape, gain * Math.sqrt(6 / (fans.fanIn + fans.fanOut)));
}
