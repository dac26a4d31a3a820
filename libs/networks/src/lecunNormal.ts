import { fansOf } from './fansOf.js';
import { normalWith } from './normalWith.js';
import type { Initializer } from './initializer.js';

/**
 * N(0, 1 / fanIn), not truncated: keeps the variance of a linear or SELU layer.
 *
 * Source: LeCun, Bottou, Orr, Müller, "Efficient BackProp" (1998), section 4.6.
 */
export function lecunNormal(): Initializer {
  return (rng, shape, fans = fansOf(shape)) => normalWith(rng, shape, Math.sqrt(1 / fans.fanIn));
}
