import { offTape, tf } from '@rivulet/engine';

/** Which divergence, and how it is computed. Nothing here has a default: a KL is named by both. */
export interface KlPenaltyOptions {
  /** 'reverse' is KL(π ‖ anchor), estimated on samples of π; 'forward' is KL(anchor ‖ π), estimated on samples of the anchor. */
  readonly direction: 'reverse' | 'forward';
  /**
   * With p the first and q the second distribution of the divergence and d = log p − log q at the sample:
   * - 'exact': Σ p·(log p − log q) over the last axis of logits, elsewhere called full; value and gradient exact.
   * - 'k1': d. Unbiased, can be negative. Reverse: its gradient is zero on average, so use it in rewards only. Forward: its gradient is right.
   * - 'k2': d²/2. Biased value, small variance. Reverse: its gradient is that of the divergence on average.
   * - 'k3': exp(−d) − 1 + d. Unbiased, never negative. Reverse: its gradient is that of the opposite divergence. Forward: its gradient is right.
   * - 'scoreFunction' (reverse alone): the value of k1 with the gradient d·∇log π, unbiased both.
   */
  readonly estimator: 'exact' | 'k1' | 'k2' | 'k3' | 'scoreFunction';
  /** For 'k1' and 'k3', reverse: their value with the gradient of 'k2', that of the divergence on average ('k1+' and 'k3+' in verl; with 'k1' it is 'scoreFunction'). */
  readonly straightThrough?: boolean;
  /** Largest |d|, against overflow in 'k3'; verl has 20. Beyond it there is no gradient. None unless given. */
  readonly bound?: number;
  /** Shaped like the result, 1 where an element counts; the others give 0. */
  readonly mask?: tf.Tensor;
}

/**
 * The KL divergence in nats between a policy and an anchor (a reference, an earlier policy, a prior), per element. The anchor
 * comes in without gradient. Usable as a term of the objective or, reduced or not, inside a reward.
 *
 * For language models the anchor is the reference, and methods differ in the placement: in the reward (`penalizedReward` in returns) by PPO, RLOO and
 * REINFORCE++ with 'k1'; in the loss by GRPO with 'k3' (Shao et al. 2024, eq. 4), whose gradient is that of the forward divergence, see above. Of answers of an
 * older policy the estimators are unbiased once multiplied by the importance ratio.
 *
 * Schulman 2020, "Approximating KL Divergence" (k1, k2, k3).
 *
 * @param logProb log π of the sampled actions, `[B]` or `[B, T]`; for 'exact' logits or log-probabilities of all, `[B, A]` or `[B, T, V]`
 * @param anchorLogProb the same of the anchor
 * @returns `[B]` or `[B, T]`
 * @throws for the score function in the forward direction, whose gradient k1 already has, and for straightThrough with another estimator or direction.
 */
export function klPenalty(logProb: tf.Tensor, anchorLogProb: tf.Tensor, options: KlPenaltyOptions): tf.Tensor {
  const { direction, estimator, straightThrough = false, mask } = options;
  if (estimator === 'scoreFunction' && direction === 'forward') {
    throw new Error("klPenalty: estimator 'scoreFunction' is for direction 'reverse'; forward, 'k1' has the right gradient");
  }
  if (straightThrough && (direction === 'forward' || (estimator !== 'k1' && estimator !== 'k3'))) {
    throw new Error(`klPenalty: straightThrough is for the estimators 'k1' and 'k3' in the direction 'reverse', got '${estimator}' and '${direction}'`);
  }
  return tf.tidy(() => {
    const anchor = offTape(() => anchorLogProb.clone());
    const kl = estimator === 'exact' ? exact(logProb, anchor, direction) : sampled(logProb, anchor, estimator, options);
    return mask === undefined ? kl : tf.where(mask.toBool(), kl, tf.zerosLike(kl));
  });
}

function exact(logits: tf.Tensor, anchorLogits: tf.Tensor, direction: 'reverse' | 'forward'): tf.Tensor {
  const [policy, anchor] = [logits.logSoftmax(-1), anchorLogits.logSoftmax(-1)];
  const [p, q] = direction === 'reverse' ? [policy, anchor] : [anchor, policy];
  return p.exp().mul(p.sub(q)).sum(-1);
}

function sampled(logProb: tf.Tensor, anchor: tf.Tensor, estimator: 'k1' | 'k2' | 'k3' | 'scoreFunction', { direction, straightThrough, bound, mask }: KlPenaltyOptions): tf.Tensor {
  const raw = direction === 'reverse' ? logProb.sub(anchor) : anchor.sub(logProb);
  const kept = mask === undefined ? raw : tf.where(mask.toBool(), raw, tf.zerosLike(raw));
  const d = bound === undefined ? kept : kept.clipByValue(-bound, bound);
  const [k1, k2, k3] = [() => d, () => d.square().div(2), () => d.neg().expm1().add(d)];
  if (estimator === 'k2') return k2();
  const value = estimator === 'k3' ? k3 : k1;
  if (estimator !== 'scoreFunction' && straightThrough !== true) return value();
  // The gradient of k2 is d·∇log π; the constant added makes the value that of the estimator.
  return k2().add(offTape(() => value().sub(k2())));
}
