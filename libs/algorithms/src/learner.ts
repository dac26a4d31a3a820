import type { Metrics, Rng, tf, Tree } from '@rivulet/engine';

/** What an update returns. Tensors that did not change may be shared with the old state. */
export interface Updated<S extends Tree> {
  readonly state: S;
  /** Named scalars for people. */
  readonly metrics: Metrics;
  /** [B]: |TD error| of each element of the batch, where the learner has one, for prioritised replay. */
  readonly priority?: tf.Tensor;
}

/**
 * An algorithm's mathematics, apart from environments, buffers and streams: parameters, optimizer and targets are one
 * tree of tensors, and an update is a pure function of state, batch and randomness.
 */
export interface Learner<S extends Tree, B extends Tree> {
  init(rng: Rng): S;
  update(state: S, batch: B, rng: Rng): Updated<S>;
}
