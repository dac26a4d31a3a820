import { tf } from '@rivulet/engine';

/**
 * Drops the elements whose noise is below `rate` and scales the others: y = x·1[noise ≥ rate] / (1 - rate). Leave it out to
 * evaluate.
 * @param noise uniforms in [0, 1) of the shape of x, or of one that broadcasts to it
 * @throws when the rate is not in [0, 1).
 */
export function dropout(x: tf.Tensor, noise: tf.Tensor, rate: number): tf.Tensor {
  if (!(rate >= 0 && rate < 1)) throw new Error(`dropout: rate must be in [0, 1), got ${rate}`);
  return tf.tidy(() => x.mul(tf.cast(noise.greaterEqual(rate), 'float32').div(1 - rate)));
}
