import { fansOf } from './fansOf.js';
import { uniformWithin } from './uniformWithin.js';
import type { Initializer } from './initializer.js';

/**
 * U(-a, a) with a = 1 / √fanIn: what PyTorch's `nn.Linear` and `nn.Conv2d` draw by default, for the kernel and for the bias
 * (a bias takes the fanIn of its kernel).
 */
export function uniformFanIn(): Initializer {
  return (rng, shape, fans = fansOf(shape)) => uniformWithin(rng, shape, 1 / Math.sqrt(fans.fanIn));
}
