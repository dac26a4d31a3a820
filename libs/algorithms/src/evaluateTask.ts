import type { Rng, Tree } from '@rivulet/engine';
import type { Transcript } from './taskActor.js';
import type { TokenGenerator } from './tokenGenerator.js';
import type { TextTokenizer, VerifiableTask } from './verifiableTask.js';

/** How well weights solve a task. */
export interface TaskEvaluation {
  /** Mean reward; the share of right answers where rewards are 0 or 1. */
  readonly accuracy: number;
  /** Mean tokens of a completion. */
  readonly length: number;
  readonly transcripts: readonly Transcript[];
}

/** Lets a policy answer problems of the held-out split, each once. Greedy or not is the generator's. The same stream gives the same problems. */
export async function evaluateTask(
  weights: Tree,
  options: { readonly task: VerifiableTask; readonly tokenizer: TextTokenizer; readonly generator: TokenGenerator; readonly problems: number; readonly split?: 'train' | 'heldOut'; readonly rng: Rng },
): Promise<TaskEvaluation> {
  const { task, tokenizer, generator, split = 'heldOut', rng } = options;
  const problems = Array.from({ length: options.problems }, () => task.sample(rng, { split }));
  const completions = await generator.generate(weights, problems.map(({ prompt }) => tokenizer.encode(prompt)), rng);
  const transcripts = completions.map(({ tokens, ended }, i): Transcript => {
    const text = tokenizer.decode(tokens);
    const { reward, reason } = task.verify(problems[i], text);
    return { prompt: problems[i].prompt, text, reward, reason: ended ? reason : `unfinished, ${reason}`, tokens: tokens.length };
  });
  const mean = (of: (transcript: Transcript) => number): number => transcripts.reduce((sum, transcript) => sum + of(transcript), 0) / transcripts.length;
  return { accuracy: mean(({ reward }) => reward), length: mean(({ tokens }) => tokens), transcripts };
}
