import { type RewardScorer, rewardScorer, withValueHead } from '@rivulet/algorithms';
import { disposeTree, type Snapshot } from '@rivulet/engine';
import { frozenTree } from './frozenTree.js';
import type { RunConfig } from './runConfig.js';
import type { RunParts } from './runParts.js';

/** The reward model of a run as it was stored; it keeps what it needs of the snapshot. */
export function rewardModelScorer({ policy, room }: RunParts, config: RunConfig, stored: Snapshot): RewardScorer {
  const weights = frozenTree((rng) => withValueHead(policy).init(rng), stored);
  try {
    return rewardScorer({ policy, weights, room, compile: config.settings['compile'] !== false });
  } finally {
    disposeTree(weights);
  }
}
