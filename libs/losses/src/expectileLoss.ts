import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link expectileLoss}. */
export interface ExpectileOptions {
  /** τ in (0, 1): above 0.5 overestimates are cheap, so that the fit tends to the maximum of the targets; 0.5 is half the squared error. */
  readonly expectile: number;
  /** A weight for each element; without gradient. */
  readonly weight?: tf.Tensor;
}

/**
 * Asymmetric squares, per element: L = w·|τ − 1(u < 0)|·u² of the error u = target − prediction.
 *
 * Kostrikov et al. 2022, "Offline RL with Implicit Q-Learning", eq. 5. The lower expectile is `1 − τ`.
 *
 * @param error u, any shape
 * @returns shaped like `error`
 * @throws when the expectile is not inside (0, 1).
 */
export function expectileLoss(error: tf.Tensor, { expectile, weight }: ExpectileOptions): tf.Tensor {
  if (!(expectile > 0 && expectile < 1)) throw new Error(`expectileLoss: expectile must lie inside (0, 1), got ${expectile}`);
  return tf.tidy(() => {
    const factor = offTape(() => {
      const asymmetry = error.less(0).toFloat().mul(1 - 2 * expectile).add(expectile);
      return weight === undefined ? asymmetry : asymmetry.mul(weight);
    });
    return error.square().mul(factor);
  });
}
