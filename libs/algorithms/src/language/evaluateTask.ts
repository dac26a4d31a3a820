import type { Rng, Tree } from '@rivulet/engine';
import { lastValueFrom, of } from 'rxjs';
import type { Scorer } from './flows/scorer.js';
import { solveGroups } from './flows/solveGroups.js';
import type { TokenGenerator } from './generation/tokenGenerator.js';
import type { MultiTurnTask } from './multiTurnTask.js';
import type { TokenRoom } from './tokenRollout.js';
import { type Transcript, transcriptsOf } from './transcript.js';
import type { TextTokenizer, VerifiableTask } from './verifiableTask.js';

/** How well weights solve a task. */
export interface TaskEvaluation {
  /** Mean reward; the share of right answers where rewards are 0 or 1. */
  readonly accuracy: number;
  /** Mean tokens that the policy wrote of a completion. */
  readonly length: number;
  /** Mean turns of an episode, of a task of several turns. */
  readonly turns?: number;
  readonly transcripts: readonly Transcript[];
}

/**
 * Lets a policy answer problems of the held-out split, each once. Greedy or not is the generator's. The same stream gives the same problems.
 *
 * @param options.scorer default: the task's verifier, or the rewards of its turns
 * @param options.room for a task of several turns, with `turnTokens`; its generator writes turns ({@link turnRoom})
 */
export async function evaluateTask(
  weights: Tree,
  options: {
    readonly task: VerifiableTask | MultiTurnTask;
    readonly tokenizer: TextTokenizer;
    readonly generator: TokenGenerator;
    readonly room?: TokenRoom;
    readonly scorer?: Scorer;
    readonly problems: number;
    readonly split?: 'train' | 'heldOut';
    readonly rng: Rng;
  },
): Promise<TaskEvaluation> {
  const { task, tokenizer, generator, room, scorer, split = 'heldOut', rng } = options;
  const problems = Array.from({ length: options.problems }, () => task.sample(rng, { split }));
  const transcripts = transcriptsOf(await lastValueFrom(of(problems).pipe(solveGroups({ task, generator, tokenizer, room, scorer, weights, rng }))));
  const mean = (of: (transcript: Transcript) => number): number => transcripts.reduce((sum, transcript) => sum + of(transcript), 0) / transcripts.length;
  const turns = transcripts.some(({ turns: some }) => some !== undefined) ? { turns: mean(({ turns: some = 1 }) => some) } : {};
  return { accuracy: mean(({ reward }) => reward), length: mean(({ tokens }) => tokens), ...turns, transcripts };
}
