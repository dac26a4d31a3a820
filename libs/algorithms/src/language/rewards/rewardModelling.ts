import type { Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import type { CompletionWriter } from './completionWriter.js';
import { rewardModellingActor } from './rewardModellingActor.js';
import { rewardModellingConfig } from './rewardModellingConfig.js';
import { rewardModellingMetrics } from './rewardModellingMetrics.js';
import { rewardModellingObjective } from './rewardModellingObjective.js';
import { isMultiTurn } from '../multiTurnTask.js';
import { tokenAlgorithm } from '../tokenAlgorithm.js';
import type { TokenTraining } from '../tokenTraining.js';
import { uniformAdvantage } from '../uniformAdvantage.js';
import { withValueHead } from '../withValueHead.js';

/** What a reward model learns with. Its `policy` is the transformer that becomes the reward model, `scorer` the judge behind the comparisons. */
export interface RewardTraining extends TokenTraining {
  /** Who writes the completions that are judged. */
  readonly writer: CompletionWriter;
}

/**
 * Learns what a judge prefers: a writer's completions of a prompt are ranked, with noise if asked, and a transformer with a scalar head learns scores whose differences explain the rankings. `rewardScorer` makes the
 * result a reward for the other algorithms. Where a judge follows Bradley and Terry's model with temperature τ, the scores of a prompt's completions approach r/τ, up to a constant.
 *
 * Source: Christiano et al., "Deep reinforcement learning from human preferences" (2017); Stiennon et al., "Learning to summarize from human feedback" (2020); Ouyang et al., "InstructGPT" (2022), section 3.5. There the
 * judges are people, and the head starts at random instead of 0. The metrics `accuracy`, `ahead`, `pairs` and `score` are of a round before it is learned from, so of comparisons never seen.
 *
 * @param training.policy a model whose context has room for one token more than prompt and completion: there the score of the longest completion is read.
 * @param training.from a reward model's `{ policy, value }`.
 * @returns actor and learner for `actorLearnerLoop`; weights are `{ policy, value }`, the trained part of the transformer and the head.
 * @throws when the task has several turns.
 */
export function rewardModelling(settings: z.input<typeof rewardModellingConfig>, training: RewardTraining): ActorAndLearner<Tree> {
  const config = rewardModellingConfig.parse(settings);
  const { task, problems, tokenizer, promptTokens, scorer, onTranscripts, writer } = training;
  const { prompts, groupSize, informative, noise } = config;
  if (isMultiTurn(task)) throw new Error(`rewardModelling: '${task.name}' has several turns, expected a task of one turn`);
  const newTokens = config.newTokens + 1;
  return tokenAlgorithm({
    config: { ...config, newTokens },
    training: { ...training, policy: withValueHead(training.policy) },
    actor: (rng) => rewardModellingActor({ task, problems, tokenizer, writer, scorer, room: { promptTokens, newTokens }, prompts, groupSize, informative, noise, rng, onTranscripts }),
    prepare: async (rollout) => ({ ...uniformAdvantage(rollout), metrics: rewardModellingMetrics(rollout, groupSize) }),
    objective: rewardModellingObjective(config),
    groupSize,
    minibatchGroups: config.minibatchPrompts,
  });
}
