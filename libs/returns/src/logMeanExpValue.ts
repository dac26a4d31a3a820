import { offTape, tf } from '@rivulet/engine';

/**
 * The entropy-regularised value of sampled outcomes, over the last axis, without gradient:
 *
 * V = (1/η)·log mean exp(η·r)
 *
 * η = 0 is the mean, η = ∞ the maximum, −∞ the minimum. Of N completions of a reasoning step with outcomes 0 and 1 this is the label of the
 * step: η = ∞ hard, 0 soft (Wang et al. 2023, "Math-Shepherd"), 0 < η < ∞ the optimal value under a KL penalty of 1/η (Zhang et al. 2024, "Entropy-Regularized
 * Process Reward Model"). Learn it by `binaryCrossEntropy`.
 *
 * @param outcome `[..., N]`
 * @param eta η, any number
 * @returns `[...]`
 */
export function logMeanExpValue(outcome: tf.Tensor, eta: number): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      if (eta === 0) return outcome.mean(-1);
      if (eta === Infinity) return outcome.max(-1);
      if (eta === -Infinity) return outcome.min(-1);
      const samples = outcome.shape[outcome.rank - 1];
      return outcome.mul(eta).logSumExp(-1).sub(Math.log(samples)).div(eta);
    }),
  );
}
