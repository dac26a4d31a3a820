import { ndarray, type Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import { bestOfGroup } from '../flows/bestOfGroup.js';
import { completionActor } from '../flows/completionActor.js';
import { expertIterationConfig } from './expertIterationConfig.js';
import { likelihoodObjective } from './likelihoodObjective.js';
import { rolloutMetrics } from '../rolloutMetrics.js';
import { tokenAlgorithm } from '../tokenAlgorithm.js';
import type { TokenTraining } from '../tokenTraining.js';

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
  const aggregation = { mode: config.aggregation } as const;
  const best = config.keep === 'best';
  const groupSize = best ? 1 : config.groupSize;
  return tokenAlgorithm({
    config,
    training,
    actor: (rng) => completionActor({ training, config, select: best ? bestOfGroup() : undefined, rng }),
    prepare: async (rollout) => ({ advantage: ndarray('float32', rollout.reward.shape, Float32Array.from(rollout.reward.data)), metrics: rolloutMetrics(rollout, groupSize) }),
    objective: likelihoodObjective({ aggregation, weight: config.weight === 'reward' ? 'advantage' : 'none' }),
    aggregation,
    groupSize,
    minibatchGroups: config.minibatchPrompts,
  });
}
