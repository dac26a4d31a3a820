import { tf } from '@rivulet/engine';

/**
 * Σ_i log(1 - tanh² u_i) over the last axis, as 2(log 2 - u - softplus(-2u)), which neither cancels nor underflows: [B, m] to [B].
 */
export function logDetTanh(u: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.sub(Math.LN2, u.add(tf.softplus(u.mul(-2)))).mul(2).sum(-1));
}
