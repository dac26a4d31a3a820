import { tf } from '@rivulet/engine';

/** The tensor as float32; itself where it already is. */
export function asFloat(x: tf.Tensor): tf.Tensor {
  return x.dtype === 'float32' ? x : tf.cast(x, 'float32');
}
