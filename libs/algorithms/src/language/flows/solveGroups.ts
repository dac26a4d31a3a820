import { type OperatorFunction, pipe } from 'rxjs';
import type { CompletionGroup } from './completionGroup.js';
import { isMultiTurn, type MultiTurnTask } from '../multiTurnTask.js';
import { playGroups } from './playGroups.js';
import type { Scorer } from './scorer.js';
import { scoreGroups } from './scoreGroups.js';
import type { TokenRoom } from '../tokenRollout.js';
import type { TextProblem, VerifiableTask } from '../verifiableTask.js';
import { verifierScorer } from './verifierScorer.js';
import { writeGroups, type WriteGroupsOptions } from './writeGroups.js';

export interface SolveGroupsOptions extends WriteGroupsOptions {
  readonly task: Pick<VerifiableTask, 'verify'> | MultiTurnTask;
  /** Gives rewards. Default: the task's verifier; of a task of several turns, its turns' rewards. */
  readonly scorer?: Scorer;
  /** Of an episode, with `turnTokens`. Only a task of several turns needs it. */
  readonly room?: TokenRoom;
}

/**
 * Rounds of problems become rounds of completions with rewards: by {@link writeGroups} and {@link scoreGroups}, or where the task has several turns by {@link playGroups}.
 *
 * @throws what these do, and when a task of several turns comes without a room.
 */
export function solveGroups(options: SolveGroupsOptions): OperatorFunction<readonly TextProblem[], readonly CompletionGroup[]> {
  const { task, scorer, room } = options;
  if (!isMultiTurn(task)) return pipe(writeGroups(options), scoreGroups(scorer ?? verifierScorer(task)));
  if (room === undefined) throw new Error('solveGroups: a task of several turns needs a room, { promptTokens, newTokens, turnTokens }');
  const play = playGroups({ ...options, task, room });
  return scorer === undefined ? play : pipe(play, scoreGroups(scorer));
}
