import type { Metrics, Rng, tf, Tree } from '@rivulet/engine';

/** What an update gets beside state and batch. */
export interface UpdateContext {
  readonly rng: Rng;
  /** Gradient steps made so far, or a smaller number that is {@link Learner.alike}: decides which parts of a delayed update are due. */
  readonly index: number;
}

/** What an update returns. Tensors that did not change may be shared with the old state. */
export interface Updated<S extends Tree> {
  readonly state: S;
  /** Named scalars for people. */
  readonly metrics: Metrics;
  /** `[B]`: |TD error| of each element of the batch, where the learner has one, for prioritised replay. */
  readonly priority?: tf.Tensor;
}

/**
 * An algorithm's mathematics, apart from environments, buffers and streams: parameters, optimizer and targets are one
 * tree of tensors, and an update is a function of state, batch and randomness alone. It is called inside a `tf.tidy`, which
 * frees whatever it makes beside its result, and owns none of its arguments. It never reads a tensor, so that it can run as one
 * compiled graph. `checkLearner` checks all that.
 */
export interface Learner<S extends Tree, B extends Tree> {
  init(rng: Rng): S;
  update(state: S, batch: B, context: UpdateContext): Updated<S>;
  /**
   * The smallest index at which an update does the same things as at this one: each is compiled once. Without it all updates are
   * alike, and are told the index 0.
   */
  alike?(index: number): number;
}
