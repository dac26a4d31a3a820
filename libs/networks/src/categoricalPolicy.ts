import type { tf, Tree } from '@rivulet/engine';
import { categorical, type Categorical } from './categorical.js';
import type { MaskedObservation } from './maskedObservation.js';
import type { Module } from './module.js';
import { splitMask } from './splitMask.js';
import { tidied } from './tidied.js';

export interface CategoricalPolicyOptions<P extends Tree> {
  /** Observations to logits [B, A]: a network, or an {@link embedding} of states for a table. Start its last layer small (`outputGain: 0.01`). */
  readonly body: Module<tf.Tensor, tf.Tensor, P>;
  /** Divides the logits. Default: 1. */
  readonly temperature?: number;
}

/**
 * π(a|s) = softmax(body(s) / temperature): observations [B, ...] to a {@link categorical} over A actions, for any leading axes.
 * An input `{ observation, mask }` restricts the actions. The parameters are the body's.
 * @throws when the temperature is not positive.
 */
export function categoricalPolicy<P extends Tree>(options: CategoricalPolicyOptions<P>): Module<tf.Tensor | MaskedObservation, Categorical, P> {
  const { body, temperature = 1 } = options;
  if (!(temperature > 0)) throw new Error(`categoricalPolicy: temperature must be positive, got ${temperature}`);
  return {
    init: (rng) => body.init(rng),
    apply: (parameters, input) =>
      tidied(() => {
        const { observation, mask } = splitMask(input);
        const logits = body.apply(parameters, observation);
        return categorical(temperature === 1 ? logits : logits.div(temperature), { mask });
      }),
  };
}
