import type { HostBatch, Snapshotable } from '@rivulet/engine';
import type { Rows } from '@rivulet/envs';
import type { Spec } from '@rivulet/replay';

/** How an actor chooses its actions while it learns. */
export interface Behaviour<W> extends Snapshotable {
  /** What {@link act} returns: `action`, and whatever else the learner wants to know (`logProb`). */
  readonly fields: Spec;
  /**
   * @param observation [N, D]
   * @param step environment steps taken so far, for schedules.
   * @param ended [N], 1 in the rows whose episode has just begun.
   * @returns the {@link fields}, each [N, ...].
   */
  act(weights: W, observation: Rows, step: number, ended: Uint8Array): Promise<HostBatch>;
}
