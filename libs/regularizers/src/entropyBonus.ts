import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link entropyBonus}. */
export interface EntropyBonusOptions {
  /** What comes in: entropies ('entropy', unless given), or logits of all actions or tokens ('logits'), whose last axis is summed over; one of −∞ is impossible and adds nothing. */
  readonly of?: 'entropy' | 'logits';
  /** Shaped like the result, 1 where an element counts; the others give 0. */
  readonly mask?: tf.Tensor;
  /** A weight for each action dimension `[m]` of entropies `[B, m]`, which are then summed to `[B]`; without gradient. */
  readonly dimensionWeight?: tf.Tensor;
}

/**
 * The entropy of a policy in nats, per element: give it a negative coefficient in an objective that is minimised. Of logits z:
 *
 * H = −Σ p·log p, p = softmax(z)
 *
 * Over the tokens of answers, name what the mean is over by `aggregateLoss` with the same mask (TRL and verl: all tokens that count). −log π of sampled actions
 * has the right value on average, but as a term of a loss no gradient on average.
 *
 * @param entropy `[B]` or `[B, T]` of a distribution, or −log π of sampled actions; `[B, m]` with `dimensionWeight`; of logits `[B, A]` or `[B, T, V]`
 * @returns `[B]` or `[B, T]`
 */
export function entropyBonus(entropy: tf.Tensor, { of = 'entropy', mask, dimensionWeight }: EntropyBonusOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const given = of === 'logits' ? entropyOf(entropy) : entropy;
    const bonus = dimensionWeight === undefined ? given.clone() : given.mul(offTape(() => dimensionWeight.clone())).sum(-1);
    return mask === undefined ? bonus : tf.where(mask.toBool(), bonus, tf.zerosLike(bonus));
  });
}

function entropyOf(logits: tf.Tensor): tf.Tensor {
  const logProbs = logits.logSoftmax(-1);
  // Bounded, so that 0·log 0 is 0.
  return logProbs.exp().mul(tf.maximum(logProbs, -1e4)).sum(-1).neg();
}
