import { offTape, tf } from '@rivulet/engine';

/** Which outcomes {@link rejectionWeight} keeps. */
export type RejectionRule =
  /** Those with a reward of at least `threshold`. */
  | { readonly keep: 'above'; readonly threshold: number }
  /** The best of each group, the first of equals; with `threshold`, only if it reaches that. */
  | { readonly keep: 'best'; readonly threshold?: number };

/**
 * Which sampled answers are learned from, 1 or 0, without gradient: the weight of `nllLoss` in rejection sampling and expert iteration.
 *
 * Every correct answer ('above'): Zelikman et al. 2022 (STaR), Gulcehre et al. 2023 (ReST), Yuan et al. 2023 (RFT). The best of G ('best'): Dong et al. 2023 (RAFT).
 * To give every prompt the same weight however many of its answers are kept, aggregate by 'prompt'.
 *
 * @param reward `[Q, G]`
 * @returns `[Q, G]`
 * @throws when the rewards are not `[Q, G]`.
 */
export function rejectionWeight(reward: tf.Tensor, rule: RejectionRule): tf.Tensor {
  if (reward.rank !== 2) throw new Error(`rejectionWeight: reward must be [Q, G], got [${reward.shape.join(', ')}]`);
  return tf.tidy(() =>
    offTape(() => {
      const enough = rule.threshold === undefined ? tf.onesLike(reward) : reward.greaterEqual(rule.threshold).toFloat();
      if (rule.keep === 'above') return enough;
      return tf.oneHot(reward.argMax(1), reward.shape[1]!).toFloat().mul(enough);
    }),
  );
}
