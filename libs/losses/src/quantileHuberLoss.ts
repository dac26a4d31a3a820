import { offTape, tf } from '@rivulet/engine';

/** Quantile predictions and samples of their target law. */
export interface QuantileInput {
  /** θᵢ, `[B, N]` */
  readonly prediction: tf.Tensor;
  /** The levels τᵢ of the predictions, `[B, N]` or `[N]` */
  readonly tau: tf.Tensor;
  /** Samples or quantiles of the target, `[B, M]`; without gradient */
  readonly target: tf.Tensor;
}

/** The switches of {@link quantileHuberLoss}. */
export interface QuantileHuberOptions {
  /** κ ≥ 0, where squares become straight, 1 unless given; 0 is plain quantile regression. */
  readonly kappa?: number;
  /** Probabilities of the targets, `[B, M]`; equal unless given. */
  readonly weight?: tf.Tensor;
}

/**
 * Quantile regression of a target law, per row, over all pairs uᵢⱼ = targetⱼ − θᵢ:
 *
 * L = Σᵢ Σⱼ wⱼ·|τᵢ − 1(uᵢⱼ < 0)|·H(uᵢⱼ)/κ, H(u) = u²/2 up to |u| = κ, then κ·(|u| − κ/2); |u| itself for κ = 0
 *
 * with wⱼ = 1/M. Gradient reaches the predictions alone.
 *
 * Dabney et al. 2018, "Distributional RL with Quantile Regression", eqs. 9 and 10; "Implicit Quantile Networks", eq. 3.
 *
 * @returns `[B]`
 * @throws when kappa is negative.
 */
export function quantileHuberLoss({ prediction, tau, target }: QuantileInput, { kappa = 1, weight }: QuantileHuberOptions = {}): tf.Tensor {
  if (!(kappa >= 0)) throw new Error(`quantileHuberLoss: kappa must not be negative, got ${kappa}`);
  return tf.tidy(() => {
    const samples = (target as tf.Tensor2D).shape[1];
    const error = offTape(() => target.expandDims(1)).sub(prediction.expandDims(2));
    const factor = offTape(() => {
      const levels = (tau.rank === 1 ? tau.expandDims(0) : tau).expandDims(2);
      const asymmetry = levels.sub(error.less(0).toFloat()).abs();
      return asymmetry.mul(weight === undefined ? 1 / samples : weight.expandDims(1));
    });
    return huber(error, kappa).mul(factor).sum([1, 2]);
  });
}

function huber(error: tf.Tensor, kappa: number): tf.Tensor {
  const magnitude = error.abs();
  if (kappa === 0) return magnitude;
  const small = offTape(() => magnitude.lessEqual(kappa));
  return tf.where(small, error.square().div(2 * kappa), magnitude.sub(kappa / 2));
}
