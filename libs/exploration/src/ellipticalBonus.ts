import { tf } from '@rivulet/engine';

/** The switches of {@link ellipticalBonus}. */
export interface EllipticalBonusOptions {
  /** β, the width of the confidence set. */
  readonly beta: number;
  /** 1 (unless given) for optimism, −1 for pessimism. */
  readonly sign?: 1 | -1;
}

/**
 * The confidence width of a linear value in its features, per row: sign·β·√(φᵀ Σ⁻¹ φ), with Σ = λI + Σᵢ φᵢφᵢᵀ of the features seen.
 *
 * Abbasi-Yadkori et al. 2011, theorem 2; Jin et al. 2020, algorithm 1.
 *
 * @param features φ, `[B, d]`
 * @param inverseCovariance Σ⁻¹, `[d, d]`, symmetric
 * @returns `[B]`
 */
export function ellipticalBonus(features: tf.Tensor, inverseCovariance: tf.Tensor, { beta, sign = 1 }: EllipticalBonusOptions): tf.Tensor {
  return tf.tidy(() => {
    const squared = tf.matMul(features as tf.Tensor2D, inverseCovariance as tf.Tensor2D).mul(features).sum(-1);
    // Rounding can bring a width of zero below it.
    return squared.relu().sqrt().mul(beta * sign);
  });
}
