import type { Rng, tf } from '@rivulet/engine';

/**
 * A batch of distributions over events. `[B]` stands for any leading axes (`[B]`, `[B, T]`); an event of a continuous or
 * multi-discrete distribution has a last axis of its own, that of a categorical has none.
 *
 * Noise is an argument, so that sampling stays a pure function of tensors (and can be compiled): draw it by `noise(rng)`
 * outside, use it by `sample(noise)` inside.
 */
export interface Distribution {
  /** Standard noise of the shape and law that {@link sample} consumes. */
  noise(rng: Rng): tf.Tensor;
  /** An event from noise; differentiable with respect to the parameters where the distribution is reparameterisable. */
  sample(noise: tf.Tensor): tf.Tensor;
  /** The event of {@link sample} with its log-probability [B], computed without inverting a squashing. */
  sampleWithLogProb(noise: tf.Tensor): { readonly sample: tf.Tensor; readonly logProb: tf.Tensor };
  /** Log-probability or log-density of events, [B]. */
  logProb(event: tf.Tensor): tf.Tensor;
  /** Entropy in nats, [B]. @throws where there is no closed form (estimate it by -logProb of samples). */
  entropy(): tf.Tensor;
  /** The event that a deterministic policy would take. */
  mode(): tf.Tensor;
  /** KL(this || other) in nats, [B]. @throws for a distribution of another family. */
  kl(other: Distribution): tf.Tensor;
}
