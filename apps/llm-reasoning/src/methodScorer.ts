import { mixedScorer, type Scorer, verifierScorer } from '@rivulet/algorithms';
import type { Snapshot } from '@rivulet/engine';
import { rewardModelConfig } from './rewardModelConfig.js';
import { rewardModelScorer } from './rewardModelScorer.js';
import type { RunConfig } from './runConfig.js';
import type { RunParts } from './runParts.js';

/** What the method learns from where the reward is a model: its scores, and the verdicts of the verifier as far as the config lets them count. */
export function methodScorer(parts: RunParts, config: RunConfig, stored: Snapshot): Scorer {
  const { verifierWeight } = rewardModelConfig.parse(config.rewardModel);
  const model = rewardModelScorer(parts, config, stored);
  return verifierWeight === 0 ? model : mixedScorer({ model, verifier: verifierScorer(parts.task) }, { combine: 'sum', weights: { verifier: verifierWeight } });
}
