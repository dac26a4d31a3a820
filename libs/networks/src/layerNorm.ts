import { tf } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import type { Module } from './module.js';

/** scale [size], offset [size]. */
export type LayerNormParameters = { readonly scale: tf.Tensor; readonly offset: tf.Tensor };

/**
 * y = scale·(x - mean) / √(variance + epsilon) + offset over the last axis (biased variance): [..., size] to [..., size].
 * Starts with scale 1 and offset 0.
 *
 * Source: Ba, Kiros, Hinton, "Layer normalization" (2016), eq. 4.
 */
export function layerNorm(size: number, epsilon = 1e-5): Module<tf.Tensor, tf.Tensor, LayerNormParameters> {
  return {
    init: () => ({ scale: tf.ones([size]), offset: tf.zeros([size]) }),
    apply: (parameters, input) =>
      tf.tidy(() => {
        checkLastAxis(input, size, 'layerNorm');
        const centred = input.sub(input.mean(-1, true));
        const variance = centred.square().mean(-1, true);
        return centred.mul(variance.add(epsilon).rsqrt()).mul(parameters.scale).add(parameters.offset);
      }),
  };
}
