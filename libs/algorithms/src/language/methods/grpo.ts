import type { Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import { completionActor } from '../flows/completionActor.js';
import { groupPolicyOptimization } from './groupPolicyOptimization.js';
import { grpoConfig } from './grpoConfig.js';
import { informativeGroups } from '../flows/informativeGroups.js';
import type { TokenTraining } from '../tokenTraining.js';

/**
 * Group relative policy optimization and its family: G completions of each of Q prompts, their verified rewards compared within the group, and some steps of a clipped surrogate. There is no value
 * network. The settings' presets ({@link grpoPresets}) are GRPO, Dr. GRPO, DAPO, RLOO, REINFORCE++ and GSPO.
 *
 * With `reuse`, completions of older rounds are learned from again ({@link reuseRollouts}); with `correction`, for what the policy has moved since they were written ({@link correctedAdvantage}).
 *
 * Source: Shao et al., "DeepSeekMath" (2024), algorithm 1; the others with their preset.
 *
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 */
export function grpo(settings: z.input<typeof grpoConfig>, training: TokenTraining): ActorAndLearner<Tree> {
  const config = grpoConfig.parse(settings);
  const dynamic = config.informative ? { rounds: 4, select: informativeGroups(config.prompts) } : {};
  return groupPolicyOptimization(config, training, (rng) => completionActor({ training, config, ...dynamic, rng }));
}
