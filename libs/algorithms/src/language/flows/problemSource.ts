import type { Snapshotable } from '@rivulet/engine';
import type { CompletionGroup } from './completionGroup.js';
import type { TextProblem } from '../verifiableTask.js';

/** Where the problems of a rollout come from. */
export interface ProblemSource extends Snapshotable {
  /** The problems of a round. */
  draw(n: number): readonly TextProblem[];
  /** Sees what became of a round, before the next is drawn: all its groups, also those that are not learned from. */
  observe(groups: readonly CompletionGroup[]): void;
}
