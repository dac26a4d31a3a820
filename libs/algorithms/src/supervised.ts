import { adam, chain, clipByGlobalNorm, flatten, type Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from './algorithm.js';
import { corpusActor } from './corpusActor.js';
import { likelihoodObjective } from './likelihoodObjective.js';
import { supervisedConfig } from './supervisedConfig.js';
import { tokenLearner } from './tokenLearner.js';
import { tokenPolicy } from './tokenPolicy.js';
import type { TokenTraining } from './tokenTraining.js';
import { uniformAdvantage } from './uniformAdvantage.js';

/**
 * Supervised fine-tuning on worked solutions of a task: the warm start of a language model. L = -Σ log π(solution | prompt), averaged over tokens.
 *
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 */
export function supervised(settings: z.input<typeof supervisedConfig>, { policy, task, tokenizer, promptTokens, problems, from, rng }: TokenTraining): ActorAndLearner<Tree> {
  const { batchSize, steps, newTokens, aggregation, learningRate, maxGradientNorm, compile } = supervisedConfig.parse(settings);
  const [actorRng, learnerRng] = rng.split(2);
  const mode = { mode: aggregation } as const;
  return {
    actor: corpusActor({ task, tokenizer, room: { promptTokens, newTokens }, rows: batchSize * steps, problems, rng: actorRng }),
    learner: tokenLearner({
      policy,
      learner: tokenPolicy(policy, { objective: likelihoodObjective({ aggregation: mode, weight: 'none' }), optimizer: flatten(chain(clipByGlobalNorm(maxGradientNorm), adam(learningRate))), newTokens, aggregation: mode }),
      prepare: async (rollout) => uniformAdvantage(rollout),
      groupSize: 1,
      minibatchGroups: batchSize,
      epochs: 1,
      newTokens,
      from,
      rng: learnerRng,
      compile,
    }),
  };
}
