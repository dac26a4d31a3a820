import type { tf, Tree } from '@rivulet/engine';
import type { MaskedObservation } from './maskedObservation.js';
import type { Module } from './module.js';
import { multiDiscrete, type MultiDiscrete } from './multiDiscrete.js';
import { splitMask } from './splitMask.js';
import { tidied } from './tidied.js';

export interface MultiDiscretePolicyOptions<P extends Tree> {
  /** Observations to logits [B, Σ nvec]. */
  readonly body: Module<tf.Tensor, tf.Tensor, P>;
  /** How many outcomes each of the K choices has. */
  readonly nvec: readonly number[];
}

/**
 * K independent softmax choices: observations [B, ...] to a {@link multiDiscrete}, for any leading axes. An input `{ observation, mask }`
 * restricts them, mask [B, Σ nvec]. The parameters are the body's.
 */
export function multiDiscretePolicy<P extends Tree>(options: MultiDiscretePolicyOptions<P>): Module<tf.Tensor | MaskedObservation, MultiDiscrete, P> {
  return {
    init: (rng) => options.body.init(rng),
    apply: (parameters, input) =>
      tidied(() => {
        const { observation, mask } = splitMask(input);
        return multiDiscrete(options.body.apply(parameters, observation), options.nvec, { mask });
      }),
  };
}
