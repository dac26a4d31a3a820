import type { GridReward } from './gridReward.js';

/** The reward −cost at every step. */
export function stepCost(cost: number): GridReward {
  return () => -cost;
}
