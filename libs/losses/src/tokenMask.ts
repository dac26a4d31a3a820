import { offTape, tf } from '@rivulet/engine';

/** What {@link tokenMask} selects by; each that is given narrows the mask. */
export interface TokenMaskOptions {
  /** Who wrote each token, int `[B, T]`, and which of them learn: padding, prompts and tool output do not. */
  readonly roles?: { readonly of: tf.Tensor; readonly keep: readonly number[] };
  /** `[B]`, 1 for responses cut off by the length limit: none of their tokens count. */
  readonly truncated?: tf.Tensor;
  /** The number of tokens of each row that are not padding, `[B]`. */
  readonly length?: tf.Tensor;
  /**
   * Of the tokens that the other conditions leave, those with a score `[B, T]` of at least this quantile of their scores, over the batch (unless given) or each
   * response. With entropies and 0.8 the fifth of tokens where the answer forks.
   */
  readonly score?: { readonly of: tf.Tensor; readonly quantile: number; readonly per?: 'batch' | 'response' };
}

/**
 * Which tokens count in a loss: float `[B, T]`, 1 or 0, the product of all conditions given, without gradient.
 *
 * Roles: prompts and tool output do not learn. Truncated: the overlong filtering of Yu et al. 2025, "DAPO". Score: Wang et al. 2025, "Beyond the 80/20 Rule";
 * the quantile is interpolated as in TRL, by batch ("Dual-Token Constraints for RLVR", 2025, takes one for each response, and the tokens strictly above it).
 *
 * @param shape B and T
 * @throws when the quantile is not within [0, 1].
 */
export function tokenMask([rows, length]: readonly [number, number], options: TokenMaskOptions): tf.Tensor {
  const { score } = options;
  if (score !== undefined && !(score.quantile >= 0 && score.quantile <= 1)) throw new Error(`tokenMask: quantile must be from 0 to 1, got ${score.quantile}`);
  return tf.tidy(() => {
    let mask: tf.Tensor = tf.ones([rows, length]);
    if (options.roles !== undefined) {
      const { of, keep } = options.roles;
      const kept = keep.map((role) => of.equal(role).toFloat());
      mask = mask.mul(kept.length === 0 ? 0 : tf.addN(kept));
    }
    if (options.truncated !== undefined) mask = mask.mul(tf.sub(1, options.truncated.toFloat()).reshape([rows, 1]));
    if (options.length !== undefined) mask = mask.mul(tf.range(0, length).reshape([1, length]).less(options.length.toFloat().reshape([rows, 1])).toFloat());
    if (score !== undefined) mask = mask.mul(offTape(() => reaching(score.of, mask, score.quantile, score.per ?? 'batch')));
    return mask;
  });
}

/** 1 where a score reaches the quantile of those that count. */
function reaching(scores: tf.Tensor, mask: tf.Tensor, quantile: number, per: 'batch' | 'response'): tf.Tensor {
  const grouped = (x: tf.Tensor): tf.Tensor2D => (per === 'batch' ? x.reshape([1, x.size]) : x.clone()) as tf.Tensor2D;
  // What does not count sinks to the end; finite, because it is multiplied by 0 below.
  const counting = grouped(tf.where(mask.toBool(), scores, tf.fill(scores.shape, -1e30)));
  const descending = tf.topk(counting, counting.shape[1]).values;
  const place = tf.maximum(grouped(mask).sum(1, true).sub(1), 0).mul(1 - quantile);
  const nearby = tf.sub(1, tf.range(0, counting.shape[1]).expandDims(0).sub(place).abs()).relu();
  const threshold = descending.mul(nearby).sum(1, true);
  return counting.greaterEqual(threshold).toFloat().reshape(scores.shape);
}
