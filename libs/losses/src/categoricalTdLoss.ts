import { offTape, tf } from '@rivulet/engine';

/**
 * Cross-entropy to a categorical target, per row: L = −Σᵢ pᵢ·log softmax(logits)ᵢ. C51, two-hot values.
 * Gradient reaches the logits alone.
 *
 * Bellemare et al. 2017, "A Distributional Perspective on Reinforcement Learning", algorithm 1.
 *
 * @param logits `[B, N]`
 * @param targetProbability `[B, N]`, for instance of `distributionalTarget`; without gradient
 * @returns `[B]`
 */
export function categoricalTdLoss(logits: tf.Tensor, targetProbability: tf.Tensor): tf.Tensor {
  return tf.tidy(() => logits.logSoftmax(-1).mul(offTape(() => targetProbability.neg())).sum(-1));
}
