import { adam, chain, clipByGlobalNorm, flatten, type Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from './algorithm.js';
import { bestAndWorst } from './bestAndWorst.js';
import { informativeGroups } from './informativeGroups.js';
import { preferenceConfig } from './preferenceConfig.js';
import { preferenceObjective } from './preferenceObjective.js';
import { rolloutMetrics } from './rolloutMetrics.js';
import { taskActor } from './taskActor.js';
import { tokenGenerator } from './tokenGenerator.js';
import { tokenLearner } from './tokenLearner.js';
import { tokenPolicy } from './tokenPolicy.js';
import type { TokenTraining } from './tokenTraining.js';
import { uniformAdvantage } from './uniformAdvantage.js';

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
  const { policy, task, tokenizer, promptTokens, from } = training;
  const { prompts, groupSize, newTokens, temperature, compile } = config;
  const [actorRng, learnerRng] = training.rng.split(2);
  const { eos } = tokenizer;
  if (eos === undefined) throw new Error('preferenceOptimization: the tokenizer has no end token, so a completion could not end');
  const generator = tokenGenerator({ model: policy.model, parameters: policy.parameters, rows: prompts * groupSize, promptTokens, newTokens, eos, sampling: { temperature }, compile });
  return {
    actor: taskActor({ task, tokenizer, generator, room: { promptTokens, newTokens }, prompts, groupSize, rounds: 4, select: (groups$) => groups$.pipe(informativeGroups(prompts), bestAndWorst()), problems: training.problems, rng: actorRng, scorer: training.scorer, onTranscripts: training.onTranscripts }),
    learner: tokenLearner({
      policy,
      learner: tokenPolicy(policy, { objective: preferenceObjective(config), optimizer: flatten(chain(clipByGlobalNorm(config.maxGradientNorm), adam(config.learningRate))), newTokens, temperature }),
      prepare: async (rollout) => ({ ...uniformAdvantage(rollout), metrics: rolloutMetrics(rollout, 2) }),
      groupSize: 2,
      minibatchGroups: config.minibatchPairs,
      epochs: config.epochs,
      newTokens,
      temperature,
      withReference: config.loss === 'dpo' || config.loss === 'ipo' || config.loss === 'kto',
      from,
      rng: learnerRng,
      compile,
    }),
  };
}
