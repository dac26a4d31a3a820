import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link binaryCrossEntropy}. */
export interface BinaryCrossEntropyOptions {
  /** A weight for each element; without gradient. */
  readonly weight?: tf.Tensor;
  /** Multiplies the positive part, 1 unless given: (negatives)/(positives) balances the classes. */
  readonly positiveWeight?: number;
  /** Shaped like the logits, 1 where an element counts; the others lose 0. */
  readonly mask?: tf.Tensor;
}

/**
 * Logistic loss, per element: L = w·(p·y·softplus(−z) + (1 − y)·softplus(z)), where −softplus(−z) = log σ(z). Stable for large |z|.
 *
 * Of outcomes: verifiers (Cobbe et al. 2021). Of reasoning steps `[B, S]` or of the tokens `[B, T]` that end them, named by the mask: process reward models,
 * with hard labels (Lightman et al. 2023, without the neutral class) or soft ones (Wang et al. 2023, "Math-Shepherd"; `logMeanExpValue` in returns makes them).
 * A model with two tokens for good and bad has z = the difference of their logits.
 *
 * @param logit z, any shape
 * @param label y in [0, 1], hard or soft, shaped alike; without gradient
 * @returns shaped like `logit`
 */
export function binaryCrossEntropy(logit: tf.Tensor, label: tf.Tensor, { weight, positiveWeight = 1, mask }: BinaryCrossEntropyOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const positive = offTape(() => label.mul(positiveWeight));
    const negative = offTape(() => tf.sub(1, label));
    const z = mask === undefined ? logit : tf.where(mask.toBool(), logit, tf.zerosLike(logit));
    const loss = positive.mul(z.neg().softplus()).add(negative.mul(z.softplus()));
    const scaled = weight === undefined ? loss : loss.mul(offTape(() => weight.clone()));
    return mask === undefined ? scaled : tf.where(mask.toBool(), scaled, tf.zerosLike(scaled));
  });
}
