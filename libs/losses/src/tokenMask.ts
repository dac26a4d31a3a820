import { tf } from '@rivulet/engine';

/** What {@link tokenMask} selects by; each that is given narrows the mask. */
export interface TokenMaskOptions {
  /** Who wrote each token, int `[B, T]`, and which of them learn: padding, prompts and tool output do not. */
  readonly roles?: { readonly of: tf.Tensor; readonly keep: readonly number[] };
  /** `[B]`, 1 for responses cut off by the length limit: none of their tokens count. */
  readonly truncated?: tf.Tensor;
  /** The number of tokens of each row that are not padding, `[B]`. */
  readonly length?: tf.Tensor;
}

/**
 * Which tokens count in a loss: float `[B, T]`, 1 or 0, the product of all conditions given.
 *
 * @param shape B and T
 */
export function tokenMask([rows, length]: readonly [number, number], options: TokenMaskOptions): tf.Tensor {
  return tf.tidy(() => {
    let mask: tf.Tensor = tf.ones([rows, length]);
    if (options.roles !== undefined) {
      const { of, keep } = options.roles;
      const kept = keep.map((role) => of.equal(role).toFloat());
      mask = mask.mul(kept.length === 0 ? 0 : tf.addN(kept));
    }
    if (options.truncated !== undefined) mask = mask.mul(tf.sub(1, options.truncated.toFloat()).reshape([rows, 1]));
    if (options.length !== undefined) mask = mask.mul(tf.range(0, length).reshape([1, length]).less(options.length.toFloat().reshape([rows, 1])).toFloat());
    return mask;
  });
}
