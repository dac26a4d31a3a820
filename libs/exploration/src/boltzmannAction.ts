import { Rng, tf } from '@rivulet/engine';

/**
 * Actions of the Boltzmann policy, row by row: argmaxₐ(qₐ/τ + gₐ) with Gumbel noise g, which draws a with probability softmax(q/τ)ₐ.
 *
 * @param q action values `[B, A]`
 * @param temperature τ > 0
 * @param noise a random stream, or Gumbel draws `[B, A]` made outside (so that the function can be compiled)
 * @returns int32 `[B]`
 */
export function boltzmannAction(q: tf.Tensor, temperature: number | tf.Tensor, noise: Rng | tf.Tensor): tf.Tensor {
  return tf.tidy(() => q.div(temperature).add(noise instanceof Rng ? noise.gumbel(q.shape) : noise).argMax(-1));
}
