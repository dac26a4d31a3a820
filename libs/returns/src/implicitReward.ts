import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link implicitReward}. */
export interface ImplicitRewardOptions {
  readonly beta: number;
  /** 'token': of each token, `[B, T]`. 'sequence': their sum, `[B]`, unless given. */
  readonly level?: 'token' | 'sequence';
  /** `[B, T]`, 1 where a token counts; the others give 0. */
  readonly mask?: tf.Tensor;
}

/**
 * The reward of which a policy is the optimum under a KL penalty β to a reference, up to a constant of the prompt, without gradient:
 *
 * rₜ = β·(log π(aₜ|sₜ) − log π_ref(aₜ|sₜ)), or its sum
 *
 * What a policy trained by `dpoLoss` believes (chosen, rejected and their margin are the usual metrics), and a process reward model that was never trained on steps.
 *
 * Rafailov et al. 2023, "Direct Preference Optimization", eq. 5; per token Rafailov et al. 2024, "From r to Q*"; Yuan et al. 2024, "Free Process Rewards
 * without Process Labels".
 *
 * @param logProb `[B, T]`
 * @param referenceLogProb `[B, T]`
 */
export function implicitReward(logProb: tf.Tensor, referenceLogProb: tf.Tensor, { beta, level = 'sequence', mask }: ImplicitRewardOptions): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      const reward = logProb.sub(referenceLogProb).mul(beta);
      const kept = mask === undefined ? reward : tf.where(mask.toBool(), reward, tf.zerosLike(reward));
      return level === 'token' ? kept : kept.sum(-1);
    }),
  );
}
