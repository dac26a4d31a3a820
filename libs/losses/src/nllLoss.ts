import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link nllLoss}. */
export interface NllOptions {
  /** Shaped like the log-probabilities, 1 where an element counts; the others lose 0. */
  readonly mask?: tf.Tensor;
  /** A weight for each element, or `[B]` for all steps of a row; without gradient. */
  readonly weight?: tf.Tensor;
}

/**
 * Weighted negative log-likelihood, per element: L = −w·log p. Behaviour cloning, next-token prediction and model fitting.
 * With a weight of 1 for the answers kept and 0 for the others (`rejectionWeight` in returns) it is rejection sampling fine-tuning and expert iteration.
 *
 * @param logProb `[B]` or `[B, T]`
 * @returns shaped like `logProb`
 */
export function nllLoss(logProb: tf.Tensor, { mask, weight }: NllOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const loss = weight === undefined ? logProb.neg() : logProb.mul(offTape(() => (weight.rank < logProb.rank ? weight.expandDims(-1) : weight).neg()));
    return mask === undefined ? loss : tf.where(mask.toBool(), loss, tf.zerosLike(loss));
  });
}
