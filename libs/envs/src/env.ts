import type { Json, Snapshotable } from '@rivulet/engine';
import type { Space } from './space.js';

/** What one step of an {@link Env} returns. Termination ends the task; truncation only ends the recording of it, and keeps the bootstrap. */
export interface Step<O> {
  readonly observation: O;
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly info: { readonly [key: string]: Json };
}

/** One environment, with Gymnasium's semantics. Observations are fresh values: the caller may keep them. */
export interface Env<O = unknown, A = unknown> extends Snapshotable {
  readonly id: string;
  readonly observationSpace: Space<O>;
  readonly actionSpace: Space<A>;
  /** Starts an episode. A seed restarts the env's random stream; without one the stream goes on. */
  reset(options?: { readonly seed?: number }): { readonly observation: O; readonly info: { readonly [key: string]: Json } };
  /** @throws before the first reset, after the end of an episode, and for an action outside the space. */
  step(action: A): Step<O>;
  close(): void;
}

/** How a {@link VectorEnv} goes on after the end of an episode (the names of Gymnasium's `AutoresetMode`). */
export type AutoReset =
  /** The ending step already returns the first observation of the next episode; the last one is in `finalObservation`. */
  | 'sameStep'
  /** The step after the end ignores its action and returns the first observation, reward 0 and no flags. */
  | 'nextStep'
  /** The caller resets ended copies by `reset({ mask })`. */
  | 'disabled';

/** Rows of observations or actions of N copies: float32 for Box, int32 for the discrete spaces. */
export type Rows = Float32Array | Int32Array;

/** What one step of a {@link VectorEnv} returns. All arrays belong to the env and are overwritten by its next step. */
export interface VectorStep {
  /** `[N, D]`: what to act on next. */
  readonly observation: Rows;
  /** [N] */
  readonly reward: Float64Array;
  /** [N], 0 or 1 */
  readonly terminated: Uint8Array;
  /** [N], 0 or 1 */
  readonly truncated: Uint8Array;
  /** `[N, D]`: the true last observation in the rows whose episode ended at this step; other rows are unspecified. */
  readonly finalObservation: Rows;
}

/** N copies of one environment stepping together over typed arrays. */
export interface VectorEnv extends Snapshotable {
  readonly id: string;
  readonly numEnvs: number;
  /** Of one copy. Box, Discrete, MultiDiscrete or MultiBinary. */
  readonly observationSpace: Space;
  /** Of one copy. Box, Discrete, MultiDiscrete or MultiBinary. */
  readonly actionSpace: Space;
  readonly autoReset: AutoReset;
  /** Starts an episode in every copy, or in those with `mask` 1. A seed restarts all random streams. Returns [N, D], owned by the env: the rows of copies that are not reset keep their observation. */
  reset(options?: { readonly seed?: number; readonly mask?: Uint8Array }): Rows;
  /** @param actions [N, m], or [N] for Discrete. @throws before the first reset and for arrays of the wrong length. */
  step(actions: Rows): VectorStep;
  close(): void;
}
