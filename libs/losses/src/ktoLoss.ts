import { offTape, tf } from '@rivulet/engine';

/** What {@link ktoLoss} reads. */
export interface KtoInput {
  /** log π of whole answers, `[B]` */
  readonly logProb: tf.Tensor;
  /** The same under the reference, `[B]`; without gradient */
  readonly referenceLogProb: tf.Tensor;
  /** `[B]`, 1 where the answer is desirable, 0 where it is not */
  readonly desirable: tf.Tensor;
  /** log π − log π_ref of answers put to prompts that they do not belong to, `[M]`, of which z₀ is estimated; without gradient. Without it z₀ = 0. */
  readonly mismatchedLogRatio?: tf.Tensor;
}

/** The switches of {@link ktoLoss}. */
export interface KtoOptions {
  readonly beta: number;
  /** λ_D, 1 unless given. */
  readonly desirableWeight?: number;
  /** λ_U, 1 unless given. Where the labels are unbalanced, TRL advises λ_D·n_D/(λ_U·n_U) between 1 and 4/3. */
  readonly undesirableWeight?: number;
}

/**
 * Kahneman-Tversky optimisation from answers labelled one by one, per answer, with h = log π − log π_ref and z₀ = max(0, mean of the mismatched log-ratios),
 * which estimates the KL divergence:
 *
 * L = λ_D·(1 − σ(β·(h − z₀))) where desirable, λ_U·(1 − σ(β·(z₀ − h))) where not
 *
 * Ethayarajh et al. 2024, "KTO: Model Alignment as Prospect Theoretic Optimization", section 4. In their code (HALOs) the mean leaves out mismatched pairs with
 * a log-ratio of exactly 0; TRL takes all, as here. In both a batch needs two answers at least.
 *
 * @returns `[B]`; gradient reaches `logProb` alone
 */
export function ktoLoss({ logProb, referenceLogProb, desirable, mismatchedLogRatio }: KtoInput, { beta, desirableWeight = 1, undesirableWeight = 1 }: KtoOptions): tf.Tensor {
  return tf.tidy(() => {
    const anchor = offTape(() => (mismatchedLogRatio === undefined ? referenceLogProb.clone() : referenceLogProb.add(tf.maximum(mismatchedLogRatio.mean(), 0))));
    const good = offTape(() => desirable.toFloat());
    const direction = offTape(() => good.mul(-2 * beta).add(beta));
    const lambda = offTape(() => good.mul(desirableWeight - undesirableWeight).add(undesirableWeight));
    return logProb.sub(anchor).mul(direction).sigmoid().mul(lambda);
  });
}
