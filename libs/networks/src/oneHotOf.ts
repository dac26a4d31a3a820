import { tf } from '@rivulet/engine';

/** Indices [...] as float32 ones among zeros [..., depth]; zeros for an index outside. */
export function oneHotOf(index: tf.Tensor, depth: number): tf.Tensor {
  const indices = tf.cast(index, 'int32');
  // tf.oneHot refuses a depth of one.
  const rows = tf.cast(tf.oneHot(indices, Math.max(depth, 2)), 'float32');
  return depth >= 2 ? rows : rows.slice(new Array<number>(rows.rank).fill(0), [...index.shape, depth]);
}
