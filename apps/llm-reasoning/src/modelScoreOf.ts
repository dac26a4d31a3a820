import type { ModelScore } from './modelScore.js';

/** A completion of a problem: what a reward model gives it, and whether it is right. */
export interface JudgedCompletion {
  readonly score: number;
  readonly right: boolean;
}

/** How scores agree with verdicts, over the completions of each problem. */
export function modelScoreOf(problems: readonly (readonly JudgedCompletion[])[]): ModelScore {
  const all = problems.flat();
  const inOrder = problems.flatMap((completions) => {
    const wrong = completions.filter(({ right }) => !right);
    return completions.filter(({ right }) => right).flatMap(({ score }) => wrong.map((other) => (1 + Math.sign(score - other.score)) / 2));
  });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { accuracy: inOrder.length === 0 ? null : mean(inOrder), pairs: inOrder.length, score: mean(all.map(({ score }) => score)), right: mean(all.map(({ right }) => (right ? 1 : 0))) };
}
