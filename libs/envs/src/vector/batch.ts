import type { Rng } from '@rivulet/engine';

/** What N copies of an environment are made of: the arrays that an `EnvDefinition` reads and writes. */
export interface Batch {
  readonly numEnvs: number;
  /** `[stateSize, N]`: component k of copy i lies at k·N + i. */
  readonly state: Float64Array;
  /** [N] */
  readonly reward: Float64Array;
  /** [N], 0 or 1 */
  readonly terminated: Uint8Array;
  /** [N], 0 or 1. Zero before each step; the time limit is added after it. */
  readonly truncated: Uint8Array;
  /** `[N]`: every copy draws from its own stream only. */
  readonly rngs: readonly Rng[];
}
