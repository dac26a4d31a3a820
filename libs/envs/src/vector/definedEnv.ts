import type { Snapshot } from '@rivulet/engine';
import type { Env } from '../env.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import type { ValueOf } from '../spaces/valueOf.js';

/** An {@link Env} made from a definition: its state can be read and set. */
export interface DefinedEnv<O extends BatchSpace = BatchSpace, A extends BatchSpace = BatchSpace> extends Env<ValueOf<O>, ValueOf<A>> {
  /** Steps after which an episode is truncated; Infinity for no limit. */
  readonly maxEpisodeSteps: number;
  /** The return from which the task counts as solved, if the task names one. */
  readonly rewardThreshold: number | undefined;
  /** A copy of the internal state, [stateSize]. */
  getState(): Float64Array;
  /** Starts an episode at the given internal state; returns its observation. @throws for a wrong length. */
  setState(state: ArrayLike<number>): ValueOf<O>;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
}
