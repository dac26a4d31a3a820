import { tf } from '@rivulet/engine';
import { logMeanExpValue } from '@rivulet/returns';
import type { CompletionGroup } from '../flows/completionGroup.js';
import type { CompletionWriter } from './completionWriter.js';
import type { Answer, Scorer } from '../flows/scorer.js';
import type { StepJudge } from './stepJudge.js';
import type { TextTokenizer } from '../verifiableTask.js';

export interface ContinuedStepsOptions {
  /** Who goes on from a step. Its generator must have room for a prompt and a solution in a prompt. */
  readonly writer: CompletionWriter;
  readonly tokenizer: Pick<TextTokenizer, 'decode'>;
  /** Says what a finished solution is worth, in [0, 1], such as `verifierScorer`. */
  readonly scorer: Scorer;
  /** N: continuations of each step. */
  readonly continuations: number;
  /** 'hard': 1 if any continuation is right; 'soft': the share that is; a number η: (1/η)·log mean exp(η·r), between the two. */
  readonly estimation: 'hard' | 'soft' | number;
}

/**
 * Labels steps by how often a solution that goes on from them comes out right: N continuations a step, drawn by the writer,
 *
 * hard: y = 1 if any is right, else 0;  soft: y = (right ones)/N.
 *
 * The last step is labelled by the reward of the solution itself.
 *
 * Source: Wang et al., "Math-Shepherd" (2024), eq. 3 and 4; with η Zhang et al., "Entropy-Regularized Process Reward Model" (2024).
 *
 * @throws (rejects) when prompt and steps do not fit the generator's prompt.
 */
export function continuedSteps({ writer, tokenizer, scorer, continuations, estimation }: ContinuedStepsOptions): StepJudge {
  const eta = estimation === 'hard' ? Infinity : estimation === 'soft' ? 0 : estimation;

  /** Labels of beginnings of solutions. */
  const estimate = async (group: CompletionGroup, beginnings: readonly (readonly number[])[], rng: Parameters<StepJudge['judge']>[2]): Promise<number[]> => {
    if (beginnings.length === 0) return [];
    const begun = beginnings.flatMap((tokens) => Array.from({ length: continuations }, () => tokens));
    const written = await writer.generator.generate(writer.weights, begun.map((tokens) => [...group.prompt, ...tokens]), rng);
    const answers = written.map(({ tokens, ended }, i): Answer => {
      const whole = [...begun[i], ...tokens];
      return { problem: group.problem, prompt: group.prompt, text: tokenizer.decode(whole), tokens: whole, ended };
    });
    const outcomes = (await scorer.score(answers)).map(({ reward }) => reward);
    const labels = tf.tidy(() => logMeanExpValue(tf.tensor2d(outcomes, [beginnings.length, continuations]), eta));
    const data = Array.from(await labels.data());
    labels.dispose();
    return data;
  };

  return {
    async judge(group, ends, rng) {
      const beginnings = group.completions.flatMap(({ tokens }, i) => ends[i].slice(0, -1).map((end) => tokens.slice(0, end + 1)));
      const labels = await estimate(group, beginnings, rng);
      let next = 0;
      return ends.map((own, i) => [...labels.slice(next, (next += Math.max(own.length - 1, 0))), ...(own.length === 0 ? [] : [group.rewards[i]])]);
    },
    dispose() {
      void writer.generator.dispose();
      scorer.dispose?.();
    },
  };
}
