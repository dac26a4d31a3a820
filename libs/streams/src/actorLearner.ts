import type { Snapshotable } from '@rivulet/engine';
import type { EpisodeSummary } from './messages.js';

/** Experience gathered in one go. The data belong to the actor and are valid until its next `collect`. */
export interface Chunk<C> {
  readonly data: C;
  /** Environment steps. */
  readonly steps: number;
  readonly episodes: readonly EpisodeSummary[];
}

/** Gathers experience with given weights. */
export interface Actor<W, C> extends Snapshotable {
  collect(weights: W): Chunk<C> | Promise<Chunk<C>>;
  dispose(): void;
}

/** Digests experience and owns the weights. */
export interface ChunkLearner<W, C> extends Snapshotable {
  /** The newest weights; the learner frees the older ones when it makes new ones. */
  readonly weights: W;
  /** Gradient steps since the start of the run. */
  readonly updates: number;
  learn(chunk: Chunk<C>): Promise<{ readonly [name: string]: number }>;
  dispose(): void;
}
