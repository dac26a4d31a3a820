import { tf } from '@rivulet/engine';

/** f(x), taken for a constant by differentiation: f may use operations without a gradient. */
export function constantOf(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.customGrad((input) => ({ value: f(input as tf.Tensor), gradFunc: () => tf.zeros(x.shape) }))(x);
}
