import type { ActorAndLearner } from '@rivulet/algorithms';
import type { Tree } from '@rivulet/engine';
import type { Begun, Reached } from './learnPhase.js';
import type { RunStatus } from './runStatus.js';
import type { stopReasons } from './stopReasons.js';

/** One of the phases of a run. */
export interface RunPhase {
  readonly name: RunStatus['phase'];
  /** What the live lines call it. */
  readonly label: string;
  /** Rounds at most. */
  readonly rounds: number;
  /** How the policy is evaluated on the way, and at which accuracy the phase ends; nothing where the policy stays as it is. */
  readonly evaluation?: { readonly every: number; readonly until: number | 'never'; readonly policyOf: (weights: Tree) => Tree };
  /** Whether a run has it behind itself. */
  readonly over: (status: RunStatus) => boolean;
  /** The status with the end of the phase in it. */
  readonly ended: (status: RunStatus, reason: (typeof stopReasons)[number]) => RunStatus;
  /** Goes over to it from where the phase before has ended. A run starts in the phase that has none. */
  readonly begin?: (before: Reached) => Promise<Begun>;
  /** Actor and learner, to be set to where a checkpoint of the phase has them. */
  readonly make: (stored: Reached) => ActorAndLearner<Tree>;
}
