import { adam, chain, clipByGlobalNorm, flatten, ndarray, type Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from './algorithm.js';
import { bestOfGroup } from './bestOfGroup.js';
import { expertIterationConfig } from './expertIterationConfig.js';
import { likelihoodObjective } from './likelihoodObjective.js';
import { rolloutMetrics } from './rolloutMetrics.js';
import { taskActor } from './taskActor.js';
import { tokenGenerator } from './tokenGenerator.js';
import { tokenLearner } from './tokenLearner.js';
import { tokenPolicy } from './tokenPolicy.js';
import type { TokenTraining } from './tokenTraining.js';

/**
 * Expert iteration, or rejection sampling: the policy writes, the verifier rejects, and what is left is learned as if it were given: L = -Σ r(y) log π(y | x). The samples of a round are drawn from its
 * newest policy.
 *
 * Source: Anthony et al., "Thinking fast and slow with deep learning and tree search" (2017) for the name; for language models Zelikman et al., "STaR" (2022), and Singh et al., "Beyond human data" (ReST-EM, 2024),
 * algorithm 1, which restart each round from the first policy; here training goes on. With `keep` 'best' and `weight` 'none' it is RAFT: Dong et al., "RAFT: reward ranked finetuning" (2023), algorithm 1,
 * which learns the best of n whatever it is worth. Rewards below 0 need that weight: times a negative one, a likelihood would be driven down without bound.
 *
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 */
export function expertIteration(settings: z.input<typeof expertIterationConfig>, training: TokenTraining): ActorAndLearner<Tree> {
  const config = expertIterationConfig.parse(settings);
  const { policy, task, tokenizer, promptTokens, from } = training;
  const { prompts, groupSize, newTokens, temperature, keep, compile } = config;
  const kept = keep === 'best' ? 1 : groupSize;
  const [actorRng, learnerRng] = training.rng.split(2);
  const { eos } = tokenizer;
  if (eos === undefined) throw new Error('expertIteration: the tokenizer has no end token, so a completion could not end');
  const mode = { mode: config.aggregation } as const;
  const generator = tokenGenerator({ model: policy.model, parameters: policy.parameters, rows: prompts * groupSize, promptTokens, newTokens, eos, sampling: { temperature }, compile });
  return {
    actor: taskActor({ task, tokenizer, generator, room: { promptTokens, newTokens }, prompts, groupSize, select: keep === 'best' ? bestOfGroup() : undefined, problems: training.problems, rng: actorRng, scorer: training.scorer, onTranscripts: training.onTranscripts }),
    learner: tokenLearner({
      policy,
      learner: tokenPolicy(policy, { objective: likelihoodObjective({ aggregation: mode, weight: config.weight === 'reward' ? 'advantage' : 'none' }), optimizer: flatten(chain(clipByGlobalNorm(config.maxGradientNorm), adam(config.learningRate))), newTokens, aggregation: mode }),
      prepare: async (rollout) => ({ advantage: ndarray('float32', rollout.reward.shape, Float32Array.from(rollout.reward.data)), metrics: rolloutMetrics(rollout, kept) }),
      groupSize: kept,
      minibatchGroups: config.minibatchPrompts,
      epochs: config.epochs,
      newTokens,
      from,
      rng: learnerRng,
      compile,
    }),
  };
}
