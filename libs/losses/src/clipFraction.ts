import { offTape, tf } from '@rivulet/engine';

/** What {@link clipFraction} reads. */
export interface ClipFractionInput {
  /** log π(a|s) of the policy that learns */
  readonly logProb: tf.Tensor;
  /** log π(a|s) of the policy that acted, shaped alike */
  readonly oldLogProb: tf.Tensor;
}

/**
 * How often the ratio r = exp(log π − log π_old) lies outside [1 − clipLow, 1 + clipHigh]: per element 1 or 0, without gradient.
 * The usual metric beside `ppoClipLoss`; reduce it by `aggregateLoss`.
 */
export function clipFraction({ logProb, oldLogProb }: ClipFractionInput, { clipLow, clipHigh }: { readonly clipLow: number; readonly clipHigh: number }): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      const ratio = logProb.sub(oldLogProb).exp();
      return ratio.less(1 - clipLow).logicalOr(ratio.greater(1 + clipHigh)).toFloat();
    }),
  );
}
