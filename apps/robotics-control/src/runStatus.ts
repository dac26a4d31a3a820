import type { Snapshot } from '@rivulet/engine';
import { stopReasons, type StopReason } from './runResult.js';

/** How far a run is. Its checkpoints hold it, so that the figures are those of the whole run. */
export interface RunStatus {
  readonly step: number;
  readonly updates: number;
  /** Mean return of the last 100 training episodes. */
  readonly training: number | null;
  /** Wall time of training. */
  readonly seconds: number;
  /** Why the training ended; null while it goes on, or when it was interrupted. */
  readonly stopped: StopReason | null;
}

/** The status of a run that has not begun. */
export const notBegun: RunStatus = { step: 0, updates: 0, training: null, seconds: 0, stopped: null };

/** The status from a checkpoint, which stores it as it is. */
export function readStatus({ step, updates, training, seconds, stopped }: Snapshot['data']): RunStatus {
  return {
    step: Number(step),
    updates: Number(updates),
    training: training === null ? null : Number(training),
    seconds: Number(seconds),
    stopped: stopReasons.find((reason) => reason === stopped) ?? null,
  };
}
