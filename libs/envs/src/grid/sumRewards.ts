import type { GridReward } from './gridReward.js';

/** The sum of rewards. */
export function sumRewards(...rewards: readonly GridReward[]): GridReward {
  return (step) => rewards.reduce((sum, reward) => sum + reward(step), 0);
}
