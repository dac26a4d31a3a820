import type { PromptStats } from './promptPool.js';

/**
 * How much a prompt teaches, from what its completions earned: the `weight` of a {@link promptPool}.
 *
 * - 'passRate': the mean reward p, for those who want easy prompts first;
 * - 'variance': the variance of the rewards, p (1 - p) where they are 0 or 1: largest where half of the completions are right, and 0 where a group would teach nothing (Leng et al. 2025, "MMR1", the outcome variance
 *   score; also called learnability: Rutherford et al. 2024, "No regrets");
 * - 'gap': the largest reward of the newest completions less the smallest, a stand-in for regret (Ye et al. 2024, "eva").
 */
export function promptScore(kind: 'passRate' | 'variance' | 'gap'): (stats: Pick<PromptStats, 'mean' | 'variance' | 'gap'>) => number {
  if (kind === 'passRate') return ({ mean }) => mean;
  return kind === 'variance' ? ({ variance }) => variance : ({ gap }) => gap;
}
