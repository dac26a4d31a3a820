import type { Rng, Tree } from '@rivulet/engine';
import { lastValueFrom, of } from 'rxjs';
import type { Scorer } from './flows/scorer.js';
import { scoreGroups } from './flows/scoreGroups.js';
import type { TokenGenerator } from './generation/tokenGenerator.js';
import { type Transcript, transcriptsOf } from './transcript.js';
import type { TextTokenizer, VerifiableTask } from './verifiableTask.js';
import { verifierScorer } from './flows/verifierScorer.js';
import { writeGroups } from './flows/writeGroups.js';

/** How well weights solve a task. */
export interface TaskEvaluation {
  /** Mean reward; the share of right answers where rewards are 0 or 1. */
  readonly accuracy: number;
  /** Mean tokens of a completion. */
  readonly length: number;
  readonly transcripts: readonly Transcript[];
}

/**
 * Lets a policy answer problems of the held-out split, each once. Greedy or not is the generator's. The same stream gives the same problems.
 *
 * @param options.scorer default: the task's verifier
 */
export async function evaluateTask(
  weights: Tree,
  options: { readonly task: VerifiableTask; readonly tokenizer: TextTokenizer; readonly generator: TokenGenerator; readonly scorer?: Scorer; readonly problems: number; readonly split?: 'train' | 'heldOut'; readonly rng: Rng },
): Promise<TaskEvaluation> {
  const { task, tokenizer, generator, scorer = verifierScorer(task), split = 'heldOut', rng } = options;
  const problems = Array.from({ length: options.problems }, () => task.sample(rng, { split }));
  const transcripts = transcriptsOf(await lastValueFrom(of(problems).pipe(writeGroups({ generator, tokenizer, weights, rng }), scoreGroups(scorer))));
  const mean = (of: (transcript: Transcript) => number): number => transcripts.reduce((sum, transcript) => sum + of(transcript), 0) / transcripts.length;
  return { accuracy: mean(({ reward }) => reward), length: mean(({ tokens }) => tokens), transcripts };
}
