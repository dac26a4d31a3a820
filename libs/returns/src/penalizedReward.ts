import { offTape, tf } from '@rivulet/engine';
import { requireSteps } from './requireSteps.js';

/** What {@link penalizedReward} reads. */
export interface PenalizedRewardInput {
  /** The reward of the whole answer, `[B]`. */
  readonly outcome: tf.Tensor;
  /** `[B, T]`, 1 for the tokens that the policy wrote. */
  readonly mask: tf.Tensor;
  /** What each token costs, `[B, T]`: a divergence from the reference, such as `klPenalty` with the estimator 'k1'. */
  readonly penalty?: tf.Tensor;
}

/** The switches of {@link penalizedReward}. */
export interface PenalizedRewardOptions {
  /** β, the weight of the penalty; 1 unless given. */
  readonly coefficient?: number | tf.Scalar;
  /** 'token': each token pays for itself, and the last one that counts earns the outcome, `[B, T]`. 'sequence': the answer pays for all, `[B]`. */
  readonly placement: 'token' | 'sequence';
}

/**
 * The reward with a penalty in it (in place of a term of the loss), without gradient, with the last counted token of a row at t = L:
 *
 * token: rₜ = 1[t = L]·R − β·dₜ;  sequence: r = R − β·Σₜ dₜ
 *
 * 'token' goes to `gae` or `monteCarloReturns` (PPO and REINFORCE++ as in Ziegler et al. 2019; Ouyang et al. 2022, eq. 2), 'sequence' to
 * `groupAdvantage` (RLOO as in Ahmadian et al. 2024). GRPO has its penalty in the loss instead (Shao et al. 2024, eq. 3). In a reward the estimator's value
 * counts, so 'k1' and 'k3' are both unbiased here; TRL's default is 'k1'.
 *
 * @returns `[B, T]`, 0 where nothing counts, or `[B]`
 * @throws when the penalty is not shaped like the mask, or the outcome not `[B]`.
 */
export function penalizedReward({ outcome, mask, penalty }: PenalizedRewardInput, { coefficient = 1, placement }: PenalizedRewardOptions): tf.Tensor {
  requireSteps('penalizedReward', penalty === undefined ? { mask } : { mask, penalty });
  if (outcome.rank !== 1 || outcome.shape[0] !== mask.shape[0]) throw new Error(`penalizedReward: outcome must be [${mask.shape[0]}], got [${outcome.shape.join(', ')}]`);
  return tf.tidy(() =>
    offTape(() => {
      const counts = mask.toFloat();
      const paid = penalty === undefined ? tf.zerosLike(counts) : tf.where(mask.toBool(), penalty, tf.zerosLike(penalty)).mul(coefficient);
      if (placement === 'sequence') return outcome.sub(paid.sum(1));
      const last = counts.mul(counts.cumsum(1, true, true).equal(0).toFloat());
      return last.mul(outcome.expandDims(1)).sub(paid);
    }),
  );
}
