import { tf } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import type { Module } from './module.js';

/** scale [size]. */
export type RmsNormParameters = { readonly scale: tf.Tensor };

/**
 * y = scale·x / √(mean x² + epsilon) over the last axis: [..., size] to [..., size]. Starts with scale 1.
 *
 * Source: Zhang, Sennrich, "Root mean square layer normalization" (2019), eq. 4.
 */
export function rmsNorm(size: number, epsilon = 1e-6): Module<tf.Tensor, tf.Tensor, RmsNormParameters> {
  return {
    init: () => ({ scale: tf.ones([size]) }),
    apply: (parameters, input) =>
      tf.tidy(() => {
        checkLastAxis(input, size, 'rmsNorm');
        return input.mul(input.square().mean(-1, true).add(epsilon).rsqrt()).mul(parameters.scale);
      }),
  };
}
