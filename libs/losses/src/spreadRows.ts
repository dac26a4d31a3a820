import { tf } from '@rivulet/engine';

/**
 * `[B]` as `[B, T]`, the same number at all steps of a row; what is shaped like `like` stays as it is.
 * @throws when it is neither, naming both.
 */
export function spreadRows(what: string, x: tf.Tensor, like: tf.Tensor, whose: string): tf.Tensor {
  if (x.rank === like.rank) return x.clone();
  if (x.rank === 1 && like.rank === 2) return x.expandDims(1).mul(tf.onesLike(like));
  throw new Error(`${what} [${x.shape.join(', ')}] does not fit ${whose} [${like.shape.join(', ')}]`);
}
