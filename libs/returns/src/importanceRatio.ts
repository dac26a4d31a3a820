import { offTape, tf } from '@rivulet/engine';

/** Over what the log-ratios of an {@link importanceRatio} are joined. */
export type RatioLevel =
  /** Each step alone, `[B, T]`. */
  | 'token'
  /** Each step with all before it (per-decision importance sampling), `[B, T]`. */
  | 'trajectory'
  /** All steps of a row, `[B]`. */
  | 'sequence'
  /** The geometric mean over the steps of a row, `[B]`. */
  | 'geometric';

/** Log-probabilities of the same actions under two policies. */
export interface RatioInput {
  /** log π(aₜ|sₜ), `[B, T]` */
  readonly logProb: tf.Tensor;
  /** log μ(aₜ|sₜ) of the policy that acted, `[B, T]` */
  readonly behaviourLogProb: tf.Tensor;
  /** `[B, T]`, 1 where the step counts; the others contribute ratio 1. */
  readonly mask?: tf.Tensor;
}

/** The switches of {@link importanceRatio}, in the order in which they act. */
export interface RatioOptions {
  readonly level: RatioLevel;
  /** Ratios below `below` or above `above` become 0: what is too far off the policy is not learned from. */
  readonly reject?: { readonly below?: number; readonly above?: number };
  /** The largest ratio returned; none unless given. */
  readonly truncate?: number;
  /** The smallest ratio returned, except 0 by `reject`; none unless given. */
  readonly floor?: number;
  /** Divides by the mean over all ratios that count, so that they average to 1. */
  readonly selfNormalize?: boolean;
}

/**
 * Importance ratios of two policies, without gradient, with lₜ = log π(aₜ|sₜ) − log μ(aₜ|sₜ) over the steps that count:
 *
 * token exp(lₜ), trajectory exp(Σₖ≤ₜ lₖ), sequence exp(Σ l), geometric exp(mean l).
 *
 * As the `weight` of a policy loss it corrects for data of another policy: answers used again, or written by an inference engine whose probabilities differ. There
 * `truncate` of 2 or more on the level token is usual (TRL and verl offer token and sequence, truncation and rejection).
 *
 * Precup et al. 2000 (per decision); Ionides 2008 (truncation); Zheng et al. 2025, "Group Sequence Policy Optimization", eq. 7 (geometric).
 *
 * @returns `[B, T]` for token and trajectory, `[B]` for sequence and geometric
 */
export function importanceRatio({ logProb, behaviourLogProb, mask }: RatioInput, { level, reject, truncate, floor, selfNormalize = false }: RatioOptions): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      const difference = logProb.sub(behaviourLogProb);
      const counts = (mask ?? tf.onesLike(difference)).toBool();
      const logRatio = tf.where(counts, difference, tf.zerosLike(difference));
      const ratio = joined(logRatio, counts.toFloat(), level).exp();
      const truncated = truncate === undefined ? ratio : tf.minimum(ratio, truncate);
      const raised = floor === undefined ? truncated : tf.maximum(truncated, floor);
      const kept = reject === undefined ? raised : tf.where(inside(ratio, reject), raised, tf.zerosLike(raised));
      return selfNormalize ? kept.div(tf.maximum(meanOf(kept, counts.toFloat()), 1e-8)) : kept;
    }),
  );
}

function joined(logRatio: tf.Tensor, counts: tf.Tensor, level: RatioLevel): tf.Tensor {
  if (level === 'token') return logRatio;
  if (level === 'trajectory') return logRatio.cumsum(-1);
  const total = logRatio.sum(-1);
  return level === 'sequence' ? total : total.div(tf.maximum(counts.sum(-1), 1));
}

function inside(ratio: tf.Tensor, { below = 0, above = Infinity }: { readonly below?: number; readonly above?: number }): tf.Tensor {
  const high = ratio.greaterEqual(below);
  return above === Infinity ? high : high.logicalAnd(ratio.lessEqual(above));
}

/** Over steps that count, or over rows that have one. */
function meanOf(ratio: tf.Tensor, counts: tf.Tensor): tf.Tensor {
  const weight = ratio.rank === counts.rank ? counts : counts.max(-1);
  return ratio.mul(weight).sum().div(tf.maximum(weight.sum(), 1));
}
