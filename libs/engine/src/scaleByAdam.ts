import type { GradientTransform } from './gradientTransform.js';
import { tf } from './tf.js';
import { tidyTree, treeMap, type Tree } from './tree.js';

export interface AdamOptions {
  /** β₁ of the average gradient, in [0, 1); 0.9 by default. */
  readonly beta1?: number;
  /** β₂ of the average squared gradient, in [0, 1); 0.999 by default. */
  readonly beta2?: number;
  /** ε beside the root, positive; 1e-8 by default. */
  readonly epsilon?: number;
}

/** The averages m and v, and the bias corrections 1 - β₁ᵗ and 1 - β₂ᵗ as scalars. */
export type AdamState = { readonly firstMoment: Tree; readonly secondMoment: Tree; readonly firstCorrection: tf.Scalar; readonly secondCorrection: tf.Scalar };

function average(beta: number): (old: tf.Tensor, value: tf.Tensor) => tf.Tensor {
  return (old, value) => old.mul(beta).add(value.mul(1 - beta));
}

/**
 * Adam without its step size: m ← β₁·m + (1 - β₁)·g, v ← β₂·v + (1 - β₂)·g², updates = m̂ / (√v̂ + ε)
 * with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ).
 *
 * 1 - βᵗ is kept as what it is, the same average over ones: exact to float32 where the power would lose five digits at t = 1.
 *
 * Source: Kingma, Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.
 *
 * @throws when a beta is not in [0, 1) or epsilon is not positive.
 */
export function scaleByAdam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}): GradientTransform<AdamState> {
  if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1)) throw new Error(`adam: beta1 and beta2 must be in [0, 1), got ${beta1} and ${beta2}`);
  if (!(epsilon > 0)) throw new Error(`adam: epsilon must be positive, got ${epsilon}`);
  const first = average(beta1);
  const second = average(beta2);
  return {
    init: (parameters) => ({
      firstMoment: treeMap((x) => tf.zerosLike(x), parameters),
      secondMoment: treeMap((x) => tf.zerosLike(x), parameters),
      firstCorrection: tf.scalar(0),
      secondCorrection: tf.scalar(0),
    }),
    update: <P extends Tree>(gradients: P, state: AdamState) =>
      tidyTree(() => {
        const one = tf.scalar(1);
        const firstMoment = treeMap((g, m) => first(m, g), gradients, state.firstMoment);
        const secondMoment = treeMap((g, v) => second(v, g.square()), gradients, state.secondMoment);
        const firstCorrection = first(state.firstCorrection, one) as tf.Scalar;
        const secondCorrection = second(state.secondCorrection, one) as tf.Scalar;
        // √v̂ + ε = (√v + ε·√c₂) / √c₂: the corrections then cost scalar operations only.
        const root = secondCorrection.sqrt();
        const scale = root.div(firstCorrection);
        const shift = root.mul(epsilon);
        const updates = treeMap((m, v) => m.div(v.sqrt().add(shift)).mul(scale), firstMoment, secondMoment);
        return { updates, state: { firstMoment, secondMoment, firstCorrection, secondCorrection } };
      }),
  };
}
