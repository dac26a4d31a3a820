import type { Rng, Snapshot } from '@rivulet/engine';

/** Decides which stored rows a replay buffer draws. */
export interface Sampler {
  /** Whether draws carry importance weights. */
  readonly weighted: boolean;
  /** A row was written to a slot, possibly over an old one. */
  added(slot: number): void;
  /**
   * Draws `indices.length` slots, with replacement.
   * @param size the slots 0 .. size-1 are filled; at least 1
   * @param weights [n], filled by samplers that are `weighted`
   */
  draw(rng: Rng, size: number, indices: Int32Array, weights: Float32Array): void;
  /** New priorities of rows, for instance |TD error|; ignored by samplers without priorities. */
  update(indices: Int32Array, priorities: ArrayLike<number>): void;
  snapshot(): Snapshot;
  /** @param size the number of filled slots. @throws when the snapshot does not fit. */
  restore(snapshot: Snapshot, size: number): void;
}

/** Makes the sampler of a buffer with the given number of slots. */
export type SamplerFactory = (capacity: number) => Sampler;
