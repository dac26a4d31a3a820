import * as tf from '@tensorflow/tfjs';

/** log σ(x) = -softplus(-x). The gradient of the original reads its input after it was freed. */
export function logSigmoid<T extends tf.Tensor>(x: T | tf.TensorLike): T {
  return tf.tidy(() => tf.neg(tf.softplus(tf.neg(x)))) as T;
}
