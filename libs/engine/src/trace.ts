import type { GradientTransform } from './gradientTransform.js';
import { tf } from './tf.js';
import { tidyTree, treeMap, type Tree } from './tree.js';

export type TraceState = { readonly velocity: Tree };

export interface TraceOptions {
  /** μ, in [0, 1); 0.9 by default. */
  readonly decay?: number;
  /** Look one step ahead; false by default. */
  readonly nesterov?: boolean;
}

/**
 * The running sum of gradients v ← g + μ·v; updates are v, or g + μ·v (with the new v) for Nesterov's form.
 *
 * Source: Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in deep learning" (2013),
 * in the form of PyTorch's SGD without dampening and of optax.trace.
 *
 * @throws when the decay is not in [0, 1).
 */
export function trace({ decay = 0.9, nesterov = false }: TraceOptions = {}): GradientTransform<TraceState> {
  if (!(decay >= 0 && decay < 1)) throw new Error(`trace: decay must be in [0, 1), got ${decay}`);
  const accumulate = (gradient: tf.Tensor, velocity: tf.Tensor): tf.Tensor => gradient.add(velocity.mul(decay));
  return {
    init: (parameters) => ({ velocity: treeMap((x) => tf.zerosLike(x), parameters) }),
    update: <P extends Tree>(gradients: P, state: TraceState) =>
      tidyTree(() => {
        const velocity = treeMap(accumulate, gradients, state.velocity);
        const updates = nesterov ? treeMap(accumulate, gradients, velocity) : treeMap((x) => x.clone(), velocity);
        return { updates, state: { velocity } };
      }),
  };
}
