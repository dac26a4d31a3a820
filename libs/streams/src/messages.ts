import type { Snapshot } from '@rivulet/engine';

/** A finished episode: undiscounted return, length in steps. */
export interface EpisodeSummary {
  readonly return: number;
  readonly length: number;
}

/** A chunk of experience was collected. */
export interface RolloutMessage {
  readonly kind: 'rollout';
  /** Environment steps since the start of the run, this chunk included. */
  readonly step: number;
  /** Environment steps of this chunk. */
  readonly steps: number;
  /** Episodes that ended within this chunk. */
  readonly episodes: readonly EpisodeSummary[];
  /** Mean return of the last 100 episodes of the run, or of all while there are fewer; undefined before the first. */
  readonly meanReturn: number | undefined;
  /** How many episodes that mean covers. */
  readonly window: number;
  /** Updates made between the weights that acted and the newest ones. */
  readonly policyLag: number;
}

/** The learner digested a chunk. */
export interface UpdateMessage {
  readonly kind: 'update';
  readonly step: number;
  /** Gradient steps since the start of the run. */
  readonly updates: number;
  readonly metrics: { readonly [name: string]: number };
}

/** A policy was evaluated apart from training. */
export interface EvaluationMessage {
  readonly kind: 'evaluation';
  readonly step: number;
  readonly episodes: readonly EpisodeSummary[];
  readonly meanReturn: number;
}

/** A checkpoint was written. */
export interface CheckpointMessage {
  readonly kind: 'checkpoint';
  readonly step: number;
  readonly path: string;
}

/**
 * The run stands still between two chunks. Whoever needs it to wait (to evaluate, to write a checkpoint) calls `hold`
 * with a promise before returning; the loop goes on when all of them are settled, and fails if one is rejected.
 */
export interface BoundaryMessage<W = unknown> {
  readonly kind: 'boundary';
  readonly step: number;
  readonly meanReturn: number | undefined;
  readonly window: number;
  /** The newest weights, valid until the loop goes on. */
  readonly weights: W;
  /** Everything needed to continue from here. */
  snapshot(): Promise<Snapshot>;
  hold(work: Promise<unknown>): void;
}

export type Message<W = unknown> = RolloutMessage | UpdateMessage | EvaluationMessage | CheckpointMessage | BoundaryMessage<W>;
