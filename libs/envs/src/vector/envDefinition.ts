import type { Json } from '@rivulet/engine';
import type { Rows } from '../env.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import type { Batch } from './batch.js';

/**
 * An environment, written once for many copies; `vectorize` makes a `VectorEnv` of it and `toEnv` an `Env`.
 * The functions hold no state of their own: all of it lies in the batch, so that snapshots, auto-reset and time limits come for free.
 */
export interface EnvDefinition<O extends BatchSpace = BatchSpace, A extends BatchSpace = BatchSpace> {
  readonly id: string;
  readonly observationSpace: O;
  readonly actionSpace: A;
  /** Numbers (float64) that a copy's state has. */
  readonly stateSize: number;
  /** Steps after which an episode is truncated; undefined for no limit. */
  readonly maxEpisodeSteps?: number;
  /** The return from which the task counts as solved. */
  readonly rewardThreshold?: number;
  /** True when the dynamics accept actions outside the bounds of a Box (and clip them). NaN is always refused. */
  readonly clipsActions?: boolean;
  /** Writes the initial state of one copy, drawing from `batch.rngs[copy]`. */
  reset(batch: Batch, copy: number): void;
  /** Advances the copies from .. to − 1: writes their state, reward and terminated (and truncated, for ends other than the time limit). @param actions [N, m] */
  step(batch: Batch, actions: Rows, from: number, to: number): void;
  /** Writes the observations of the copies from .. to − 1 into the rows of `out`, [N, D]. */
  observe(batch: Batch, out: Rows, from: number, to: number): void;
  /** What `Env.reset` and `Env.step` report as `info` of a copy. */
  info?(batch: Batch, copy: number): { readonly [key: string]: Json };
}
