import type { Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import { corpusActor } from '../flows/corpusActor.js';
import { likelihoodObjective } from './likelihoodObjective.js';
import { supervisedConfig } from './supervisedConfig.js';
import { tokenAlgorithm } from '../tokenAlgorithm.js';
import type { TokenTraining } from '../tokenTraining.js';
import { uniformAdvantage } from '../uniformAdvantage.js';

/**
 * Supervised fine-tuning on worked solutions of a task: the warm start of a language model. L = -Σ log π(solution | prompt), averaged over tokens. Of a task of several turns, the solution is the model's part of a demonstration.
 *
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 */
export function supervised(settings: z.input<typeof supervisedConfig>, training: TokenTraining): ActorAndLearner<Tree> {
  const config = supervisedConfig.parse(settings);
  const { task, tokenizer, promptTokens, turnTokens, problems } = training;
  const { batchSize, steps, newTokens } = config;
  const aggregation = { mode: config.aggregation } as const;
  return tokenAlgorithm({
    config,
    training,
    actor: (rng) => corpusActor({ task, tokenizer, room: { promptTokens, newTokens, turnTokens }, rows: batchSize * steps, problems, rng }),
    prepare: async (rollout) => uniformAdvantage(rollout),
    objective: likelihoodObjective({ aggregation, weight: 'none' }),
    aggregation,
    groupSize: 1,
    minibatchGroups: batchSize,
  });
}
