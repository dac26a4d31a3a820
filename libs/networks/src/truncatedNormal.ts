import { type Rng, sizeOf } from '@rivulet/engine';
import type { Initializer } from './initializer.js';

function drawWithin(rng: Rng, limit: number): number {
  let draw = rng.nextNormal();
  while (Math.abs(draw) > limit) draw = rng.nextNormal();
  return draw;
}

/**
 * N(0, std²) restricted to ±limit·std by redrawing. With the usual limit 2 the resulting standard deviation is 0.8796·std.
 * @throws when the limit is not positive.
 */
export function truncatedNormal(std: number, limit = 2): Initializer {
  if (!(limit > 0)) throw new Error(`truncatedNormal: limit must be positive, got ${limit}`);
  return (rng, shape) => Float32Array.from({ length: sizeOf(shape) }, () => std * drawWithin(rng, limit));
}
