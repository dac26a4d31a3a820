import type { StepJudge } from './stepJudge.js';
import type { TextProblem, TextTokenizer } from '../verifiableTask.js';

/**
 * Steps that can be checked one by one, in the place of the people of Lightman et al., "Let's verify step by step" (2023).
 *
 * @param check labels in [0, 1] of the steps of a solution, given as texts with the separator that ends them.
 */
export function checkedSteps<P extends TextProblem>(tokenizer: Pick<TextTokenizer, 'decode'>, check: (problem: P, steps: readonly string[]) => readonly number[]): StepJudge {
  return {
    async judge({ problem, completions }, ends) {
      return completions.map(({ tokens }, i) => {
        const steps = ends[i].map((end, k) => tokenizer.decode(tokens.slice(k === 0 ? 0 : ends[i][k - 1] + 1, end + 1)));
        const labels = [...check(problem as P, steps)];
        if (labels.length !== steps.length) throw new Error(`checkedSteps: '${steps.join('')}' has ${steps.length} steps, the check gave ${labels.length} labels`);
        return labels;
      });
    },
  };
}
