import type { Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import { bestAndWorst } from '../flows/bestAndWorst.js';
import { completionActor } from '../flows/completionActor.js';
import { informativeGroups } from '../flows/informativeGroups.js';
import { preferenceConfig } from './preferenceConfig.js';
import { preferenceObjective } from './preferenceObjective.js';
import { rolloutMetrics } from '../rolloutMetrics.js';
import { tokenAlgorithm } from '../tokenAlgorithm.js';
import type { TokenTraining } from '../tokenTraining.js';
import { uniformAdvantage } from '../uniformAdvantage.js';

/**
 * Direct preference optimization and its relatives, online: of each prompt's completions the verifier prefers the best to the worst, and the policy learns the pair without a reward model.
 *
 * Source: Rafailov et al., "Direct preference optimization" (2023); online pairs as in Guo et al., "Direct language model alignment from online AI feedback" (2024), with a verifier in the place of the judge;
 * the other losses with `preferenceObjective`.
 *
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 */
export function preferenceOptimization(settings: z.input<typeof preferenceConfig>, training: TokenTraining): ActorAndLearner<Tree> {
  const config = preferenceConfig.parse(settings);
  return tokenAlgorithm({
    config,
    training,
    actor: (rng) => completionActor({ training, config, rounds: 4, select: (groups$) => groups$.pipe(informativeGroups(config.prompts), bestAndWorst()), rng }),
    prepare: async (rollout) => ({ ...uniformAdvantage(rollout), metrics: rolloutMetrics(rollout, 2) }),
    objective: preferenceObjective(config),
    temperature: config.temperature,
    groupSize: 2,
    minibatchGroups: config.minibatchPairs,
    withReference: config.loss === 'dpo' || config.loss === 'ipo' || config.loss === 'kto',
  });
}
