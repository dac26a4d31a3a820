import { tf } from '@rivulet/engine';

/** The switches of {@link plackettLuceLoss}. */
export interface PlackettLuceOptions {
  /** `[B, K]`, 1 for the candidates that there are, where rankings differ in length. */
  readonly mask?: tf.Tensor;
  /** How many leading places are known; the rest is only known to come after them. All unless given; 1 is the choice of the best. */
  readonly places?: number;
}

/**
 * The negative log-likelihood of rankings, each place chosen in proportion to exp(s) from the candidates that are left:
 *
 * L = Σₖ (log Σⱼ≥ₖ exp(sⱼ) − sₖ)
 *
 * Of two candidates it is `bradleyTerryLoss`. Plackett 1975; Luce 1959; reward models: Zhu et al. 2023, "Principled Reinforcement Learning with Human Feedback
 * from Pairwise or K-wise Comparisons"; with scores β·(log π − log π_ref) it is DPO on rankings (Rafailov et al. 2023, appendix A.3).
 *
 * @param score `[B, K]`, of the candidates from the best to the worst
 * @returns `[B]`
 * @throws when the scores are not `[B, K]`.
 */
export function plackettLuceLoss(score: tf.Tensor, { mask, places }: PlackettLuceOptions = {}): tf.Tensor {
  if (score.rank !== 2) throw new Error(`plackettLuceLoss: score must be [B, K], got [${score.shape.join(', ')}]`);
  const size = score.shape[1]!;
  return tf.tidy(() => {
    const kept = mask === undefined ? score : tf.where(mask.toBool(), score, tf.zerosLike(score));
    const place = tf.range(0, size, 1, 'int32');
    const left = place.expandDims(0).greaterEqual(place.expandDims(1)).toFloat().expandDims(0);
    const there = mask === undefined ? left : left.mul(mask.toFloat().expandDims(1));
    // Rows are places; candidates that are gone get a score that adds nothing.
    const total = kept.expandDims(1).add(there.sub(1).mul(1e9)).logSumExp(-1);
    const counts = place.less(places ?? size).toFloat().expandDims(0).mul(mask?.toFloat() ?? tf.onesLike(score));
    return total.sub(kept).mul(counts).sum(-1);
  });
}
