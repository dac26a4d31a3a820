import type { Json, Snapshot } from '@rivulet/engine';
import type { Rows, VectorEnv } from '../env.js';

/** A {@link VectorEnv} made from a definition: its state can be read and set. */
export interface BatchedEnv extends VectorEnv {
  /** Steps after which an episode is truncated; Infinity for no limit. */
  readonly maxEpisodeSteps: number;
  /** The return from which the task counts as solved, if the task names one. */
  readonly rewardThreshold: number | undefined;
  /** A copy of the internal state of one copy, [stateSize]. */
  getState(copy: number): Float64Array;
  /** Starts an episode of one copy at the given internal state; returns the observations of all copies, [N, D], owned by the env. @throws for a wrong length. */
  setState(copy: number, state: ArrayLike<number>): Rows;
  /** The definition's `info` of one copy. */
  info(copy: number): { readonly [key: string]: Json };
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
}
