import type { Rng } from '@rivulet/engine';
import type { CompletionGroup } from '../flows/completionGroup.js';

/** Says of the steps of solutions whether they are right. */
export interface StepJudge {
  /**
   * Labels in [0, 1], 1 for a right step, of each step of each completion of a group.
   *
   * @param ends of each completion the places at which its steps end, see {@link stepEnds}
   */
  judge(group: CompletionGroup, ends: readonly (readonly number[])[], rng: Rng): Promise<number[][]>;
  /** Frees what the judge holds. */
  dispose?(): void;
}
