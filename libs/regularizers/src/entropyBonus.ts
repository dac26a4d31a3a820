import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link entropyBonus}. */
export interface EntropyBonusOptions {
  /** Shaped like the result, 1 where an element counts; the others give 0. */
  readonly mask?: tf.Tensor;
  /** A weight for each action dimension `[m]` of entropies `[B, m]`, which are then summed to `[B]`; without gradient. */
  readonly dimensionWeight?: tf.Tensor;
}

/**
 * The entropy of a policy in nats, per element: give it a negative coefficient in an objective that is minimised.
 *
 * @param entropy `[B]` or `[B, T]` of a distribution, or −log π of sampled actions; `[B, m]` with `dimensionWeight`
 * @returns `[B]` or `[B, T]`
 */
export function entropyBonus(entropy: tf.Tensor, { mask, dimensionWeight }: EntropyBonusOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const bonus = dimensionWeight === undefined ? entropy.clone() : entropy.mul(offTape(() => dimensionWeight.clone())).sum(-1);
    return mask === undefined ? bonus : tf.where(mask.toBool(), bonus, tf.zerosLike(bonus));
  });
}
