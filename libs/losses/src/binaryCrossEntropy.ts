import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link binaryCrossEntropy}. */
export interface BinaryCrossEntropyOptions {
  /** A weight for each element; without gradient. */
  readonly weight?: tf.Tensor;
  /** Multiplies the positive part, 1 unless given: (negatives)/(positives) balances the classes. */
  readonly positiveWeight?: number;
}

/**
 * Logistic loss, per element: L = w·(p·y·softplus(−z) + (1 − y)·softplus(z)), where −softplus(−z) = log σ(z). Stable for large |z|.
 *
 * @param logit z, any shape
 * @param label y in [0, 1], hard or soft, shaped alike; without gradient
 * @returns shaped like `logit`
 */
export function binaryCrossEntropy(logit: tf.Tensor, label: tf.Tensor, { weight, positiveWeight = 1 }: BinaryCrossEntropyOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const positive = offTape(() => label.mul(positiveWeight));
    const negative = offTape(() => tf.sub(1, label));
    const loss = positive.mul(logit.neg().softplus()).add(negative.mul(logit.softplus()));
    return weight === undefined ? loss : loss.mul(offTape(() => weight.clone()));
  });
}
