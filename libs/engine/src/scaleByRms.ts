import type { GradientTransform } from './gradientTransform.js';
import { tf } from './tf.js';
import { tidyTree, treeMap, type Tree } from './tree.js';

export interface RmsOptions {
  /** ρ of the average squared gradient, in [0, 1); 0.9 by default. */
  readonly decay?: number;
  /** ε, positive; 1e-8 by default. */
  readonly epsilon?: number;
  /** Where ε goes: √(v + ε) (`inside`, as in TensorFlow and optax; the default) or √v + ε (`outside`, as in PyTorch). */
  readonly epsilonPlace?: 'inside' | 'outside';
  /** Subtract the squared average gradient: an estimate of the variance; false by default. */
  readonly centered?: boolean;
}

/** The average squared gradient, and the average gradient where it is centred. */
export type RmsState = { readonly [moment: string]: Tree };

/**
 * RMSProp without its step size: v ← ρ·v + (1 - ρ)·g², updates = g / √(v + ε). Centred: m ← ρ·m + (1 - ρ)·g and v - m²
 * in the place of v.
 *
 * Source: Tieleman, Hinton, "Lecture 6.5: RMSProp" (2012); centred: Graves, "Generating sequences with recurrent neural
 * networks" (2013), equations 38-41.
 *
 * @throws when the decay is not in [0, 1) or epsilon is not positive.
 */
export function scaleByRms({ decay = 0.9, epsilon = 1e-8, epsilonPlace = 'inside', centered = false }: RmsOptions = {}): GradientTransform<RmsState> {
  if (!(decay >= 0 && decay < 1)) throw new Error(`rmsprop: decay must be in [0, 1), got ${decay}`);
  if (!(epsilon > 0)) throw new Error(`rmsprop: epsilon must be positive, got ${epsilon}`);
  const average = (old: tf.Tensor, value: tf.Tensor): tf.Tensor => old.mul(decay).add(value.mul(1 - decay));
  const root = (v: tf.Tensor): tf.Tensor => (epsilonPlace === 'inside' ? v.add(epsilon).sqrt() : v.sqrt().add(epsilon));
  const zeros = (parameters: Tree): Tree => treeMap((x) => tf.zerosLike(x), parameters);
  return {
    init: (parameters): RmsState => (centered ? { firstMoment: zeros(parameters), secondMoment: zeros(parameters) } : { secondMoment: zeros(parameters) }),
    update: <P extends Tree>(gradients: P, state: RmsState) =>
      tidyTree((): { updates: P; state: RmsState } => {
        const secondMoment = treeMap((g, v) => average(v, g.square()), gradients, state['secondMoment']);
        if (!centered) return { updates: treeMap((g, v) => g.div(root(v)), gradients, secondMoment), state: { secondMoment } };
        const firstMoment = treeMap((g, m) => average(m, g), gradients, state['firstMoment']);
        // Rounding can take v - m² below zero.
        const updates = treeMap((g, m, v) => g.div(root(v.sub(m.square()).relu())), gradients, firstMoment, secondMoment);
        return { updates, state: { firstMoment, secondMoment } };
      }),
  };
}
