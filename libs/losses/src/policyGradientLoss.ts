import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link policyGradientLoss}. */
export interface PolicyGradientOptions {
  /** Shaped like the log-probabilities, 1 where an element counts; the others lose 0. */
  readonly mask?: tf.Tensor;
  /** A weight for each element or row, for instance an importance ratio; without gradient. */
  readonly weight?: tf.Tensor;
  /** Multiplies positive advantages, 1 unless given; 0 learns from negatives alone. */
  readonly positiveWeight?: number;
}

/**
 * The score-function (REINFORCE) loss, per element: L = −w·A·log π(a|s). Gradient reaches `logProb` alone.
 *
 * Williams 1992; Sutton et al. 2000, theorem 1.
 *
 * @param logProb `[B]` or `[B, T]`
 * @param advantage shaped alike, or `[B]` for all steps of a row; without gradient
 * @returns shaped like `logProb`
 */
export function policyGradientLoss(logProb: tf.Tensor, advantage: tf.Tensor, { mask, weight, positiveWeight = 1 }: PolicyGradientOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const factor = offTape(() => {
      const column = (x: tf.Tensor): tf.Tensor => (x.rank < logProb.rank ? x.expandDims(-1) : x);
      const signed = positiveWeight === 1 ? advantage : tf.where(advantage.greater(0), advantage.mul(positiveWeight), advantage);
      return column(signed).mul(weight === undefined ? 1 : column(weight)).neg();
    });
    const loss = logProb.mul(factor);
    return mask === undefined ? loss : tf.where(mask.toBool(), loss, tf.zerosLike(loss));
  });
}
