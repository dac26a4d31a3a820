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

/** The switches of {@link importanceRatio}. */
export interface RatioOptions {
  readonly level: RatioLevel;
  /** The largest ratio returned; none unless given. */
  readonly truncate?: number;
}

/**
 * Importance ratios of two policies, without gradient, with lₜ = log π(aₜ|sₜ) − log μ(aₜ|sₜ) over the steps that count:
 *
 * token exp(lₜ), trajectory exp(Σₖ≤ₜ lₖ), sequence exp(Σ l), geometric exp(mean l); then min(·, truncate).
 *
 * Precup et al. 2000 (per decision); Zheng et al. 2025, "Group Sequence Policy Optimization", eq. 7 (geometric).
 *
 * @returns `[B, T]` for token and trajectory, `[B]` for sequence and geometric
 */
export function importanceRatio({ logProb, behaviourLogProb, mask }: RatioInput, { level, truncate }: RatioOptions): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      const difference = logProb.sub(behaviourLogProb);
      const counts = (mask ?? tf.onesLike(difference)).toBool();
      const logRatio = tf.where(counts, difference, tf.zerosLike(difference));
      const ratio = joined(logRatio, counts.toFloat(), level).exp();
      return truncate === undefined ? ratio : tf.minimum(ratio, truncate);
    }),
  );
}

function joined(logRatio: tf.Tensor, counts: tf.Tensor, level: RatioLevel): tf.Tensor {
  if (level === 'token') return logRatio;
  if (level === 'trajectory') return logRatio.cumsum(-1);
  const total = logRatio.sum(-1);
  return level === 'sequence' ? total : total.div(tf.maximum(counts.sum(-1), 1));
}
