import { tf } from '@rivulet/engine';

/**
 * Boltzmann exploration: π(a) = softmax(q/τ)ₐ.
 *
 * @param q action values `[B, A]`
 * @param temperature τ > 0: near 0 greedy, large uniform
 * @returns probabilities `[B, A]`
 */
export function boltzmannPolicy(q: tf.Tensor, temperature: number | tf.Tensor): tf.Tensor {
  return tf.tidy(() => q.div(temperature).softmax(-1));
}
