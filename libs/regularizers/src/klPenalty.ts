import { offTape, tf } from '@rivulet/engine';

/** Which divergence, and how it is computed. Nothing here has a default: a KL is named by both. */
export interface KlPenaltyOptions {
  /** 'reverse' is KL(π ‖ anchor), estimated on samples of π; 'forward' is KL(anchor ‖ π), estimated on samples of the anchor. */
  readonly direction: 'reverse' | 'forward';
  /**
   * With p the first and q the second distribution of the divergence and d = log p − log q at the sample:
   * - 'exact': Σ p·(log p − log q) over the last axis of logits; value and gradient exact.
   * - 'k1': d. Unbiased, can be negative. Reverse: its gradient is zero on average, so use it in rewards only. Forward: its gradient is right.
   * - 'k2': d²/2. Biased value, small variance. Reverse: its gradient is that of the divergence on average.
   * - 'k3': exp(−d) − 1 + d. Unbiased, never negative. Reverse: its gradient is that of the opposite divergence. Forward: its gradient is right.
   * - 'scoreFunction' (reverse alone): the value of k1 with the gradient d·∇log π, unbiased both.
   */
  readonly estimator: 'exact' | 'k1' | 'k2' | 'k3' | 'scoreFunction';
  /** Shaped like the result, 1 where an element counts; the others give 0. */
  readonly mask?: tf.Tensor;
}

/**
 * The KL divergence in nats between a policy and an anchor (a reference, an earlier policy, a prior), per element. The anchor
 * comes in without gradient. Usable as a term of the objective or, reduced or not, inside a reward.
 *
 * Schulman 2020, "Approximating KL Divergence" (k1, k2, k3).
 *
 * @param logProb log π of the sampled actions, `[B]` or `[B, T]`; for 'exact' logits or log-probabilities of all, `[B, A]` or `[B, T, V]`
 * @param anchorLogProb the same of the anchor
 * @returns `[B]` or `[B, T]`
 * @throws for the score function in the forward direction, whose gradient k1 already has.
 */
export function klPenalty(logProb: tf.Tensor, anchorLogProb: tf.Tensor, { direction, estimator, mask }: KlPenaltyOptions): tf.Tensor {
  if (estimator === 'scoreFunction' && direction === 'forward') {
    throw new Error("klPenalty: estimator 'scoreFunction' is for direction 'reverse'; forward, 'k1' has the right gradient");
  }
  return tf.tidy(() => {
    const anchor = offTape(() => anchorLogProb.clone());
    const kl = estimator === 'exact' ? exact(logProb, anchor, direction) : sampled(logProb, anchor, direction, estimator, mask);
    return mask === undefined ? kl : tf.where(mask.toBool(), kl, tf.zerosLike(kl));
  });
}

function exact(logits: tf.Tensor, anchorLogits: tf.Tensor, direction: 'reverse' | 'forward'): tf.Tensor {
  const [policy, anchor] = [logits.logSoftmax(-1), anchorLogits.logSoftmax(-1)];
  const [p, q] = direction === 'reverse' ? [policy, anchor] : [anchor, policy];
  return p.exp().mul(p.sub(q)).sum(-1);
}

function sampled(logProb: tf.Tensor, anchor: tf.Tensor, direction: 'reverse' | 'forward', estimator: 'k1' | 'k2' | 'k3' | 'scoreFunction', mask: tf.Tensor | undefined): tf.Tensor {
  const raw = direction === 'reverse' ? logProb.sub(anchor) : anchor.sub(logProb);
  const d = mask === undefined ? raw : tf.where(mask.toBool(), raw, tf.zerosLike(raw));
  if (estimator === 'k1') return d;
  if (estimator === 'k2') return d.square().div(2);
  if (estimator === 'k3') return d.neg().exp().sub(1).add(d);
  // The gradient of k2 is d·∇log π; the constant added makes the value that of k1.
  return d.square().div(2).add(offTape(() => d.sub(d.square().div(2))));
}
