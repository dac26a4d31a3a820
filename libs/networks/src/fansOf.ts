import { sizeOf } from '@rivulet/engine';
import type { Fans } from './initializer.js';

/**
 * The fans of a kernel `[..., in, out]`: the leading axes are the receptive field of a convolution, R positions, so that
 * fanIn = R·in and fanOut = R·out.
 * @throws for a shape of fewer than two axes, which is no kernel's.
 */
export function fansOf(shape: readonly number[]): Fans {
  if (shape.length < 2) throw new Error(`fansOf: a kernel has the shape [..., in, out], got [${shape.join(', ')}]`);
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: field * shape[shape.length - 2], fanOut: field * shape[shape.length - 1] };
}
