import type { VectorEnv } from '../env.js';
import type { RunningMoments } from './runningMoments.js';

/** A {@link VectorEnv} that normalises by running statistics. */
export interface NormalizedEnv extends VectorEnv {
  readonly statistics: RunningMoments;
  /** Whether steps and resets go into the statistics. Set it to false for evaluation. */
  updating: boolean;
}
