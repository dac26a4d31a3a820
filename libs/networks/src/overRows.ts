import { sizeOf, type tf } from '@rivulet/engine';
import { asFloat } from './asFloat.js';

/** Applies a function of rows [N, features] to a tensor [..., features]. The rows are float32. */
export function overRows(x: tf.Tensor, f: (rows: tf.Tensor2D) => tf.Tensor2D): tf.Tensor {
  const input = asFloat(x);
  if (input.rank === 2) return f(input as tf.Tensor2D);
  const leading = input.shape.slice(0, -1);
  const rows = f(input.reshape([sizeOf(leading), input.shape[input.rank - 1]]));
  return rows.reshape([...leading, rows.shape[1]]);
}
