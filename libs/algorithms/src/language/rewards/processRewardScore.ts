/** How the probabilities of steps become the score of a solution; see {@link processRewardScore}. */
export type ProcessRewardCombination = 'min' | 'product' | 'last';

/**
 * The score of a solution, given how likely each of its steps is right: that of its worst step ('min'), that all are right ('product'), or that of its last.
 *
 * Source: Lightman et al., "Let's verify step by step" (2023), for product and minimum; Wang et al., "Math-Shepherd" (2024), for the minimum.
 *
 * @param steps in [0, 1], in their order.
 * @throws when there is no step.
 */
export function processRewardScore(steps: readonly number[], combine: ProcessRewardCombination): number {
  if (steps.length === 0) throw new Error('processRewardScore: a solution without a step has no score');
  switch (combine) {
    case 'min':
      return Math.min(...steps);
    case 'product':
      return steps.reduce((product, step) => product * step, 1);
    case 'last':
      return steps[steps.length - 1];
  }
}
