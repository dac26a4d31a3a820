import { type Rng, sizeOf } from '@rivulet/engine';

/** Draws of N(0, std²) for a shape. */
export function normalWith(rng: Rng, shape: readonly number[], std: number): Float32Array {
  const out = rng.fillNormal(new Float32Array(sizeOf(shape)));
  for (let i = 0; i < out.length; i++) out[i] *= std;
  return out;
}
