import type { HostBatch, Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import { processRewardActor } from './processRewardActor.js';
import { processRewardModellingConfig } from './processRewardModellingConfig.js';
import { processRewardObjective } from './processRewardObjective.js';
import type { RewardTraining } from './rewardModelling.js';
import type { StepJudge } from './stepJudge.js';
import { tokenAlgorithm } from '../tokenAlgorithm.js';
import { uniformAdvantage } from '../uniformAdvantage.js';
import type { VerifiableTask } from '../verifiableTask.js';
import { withValueHead } from '../withValueHead.js';

/** What a process reward model learns with. */
export interface ProcessRewardTraining extends RewardTraining {
  /** Of one turn: steps of a solution are told apart by their separators, not by who wrote them. */
  readonly task: VerifiableTask;
  /** The tokens that end a reasoning step; the last token of a solution ends one too. */
  readonly separators: readonly number[];
  /** Who labels the steps, such as {@link checkedSteps} or {@link continuedSteps}; freed with the actor. */
  readonly judge: StepJudge;
}

/**
 * Learns which steps of a solution are right: a writer's solutions are cut into steps, a judge labels each, and a transformer with a scalar head learns how likely a step is right, at its last token. `rewardScorer` makes
 * the result a reward, by the worst step, the product or the last.
 *
 * Source: Lightman et al., "Let's verify step by step" (2023), section 2.6; labels without people: Wang et al., "Math-Shepherd" (2024). The metric `accuracy` is of a round before it is learned from.
 *
 * @param training.policy a model whose context has room for one token more than prompt and solution.
 * @param training.from a reward model's `{ policy, value }`.
 * @returns actor and learner for `actorLearnerLoop`; weights are `{ policy, value }`, the trained part of the transformer and the head.
 */
export function processRewardModelling(settings: z.input<typeof processRewardModellingConfig>, training: ProcessRewardTraining): ActorAndLearner<Tree> {
  const config = processRewardModellingConfig.parse(settings);
  const { task, problems, tokenizer, promptTokens, scorer, onTranscripts, writer, separators, judge } = training;
  const { prompts, groupSize, untilMistake } = config;
  const newTokens = config.newTokens + 1;
  return tokenAlgorithm({
    config: { ...config, newTokens },
    training: { ...training, policy: withValueHead(training.policy) },
    actor: (rng) => processRewardActor({ task, problems, tokenizer, writer, scorer, judge, separators, untilMistake, room: { promptTokens, newTokens }, prompts, groupSize, rng, onTranscripts }),
    prepare: async (rollout) => ({ ...uniformAdvantage(rollout), metrics: stepMetrics(rollout) }),
    objective: processRewardObjective(config),
    groupSize: 1,
    minibatchGroups: config.minibatchSize,
  });
}

/** The share of steps on whose side of 1/2 the model is (undecided ones are half right), and their mean label. */
function stepMetrics({ value, stepEnd, stepLabel }: HostBatch): { readonly [name: string]: number } {
  let [right, label, steps] = [0, 0, 0];
  stepEnd.data.forEach((end, i) => {
    if (end === 0) return;
    const side = Math.sign(value.data[i + 1]);
    right += side === 0 ? 0.5 : side > 0 === stepLabel.data[i] >= 0.5 ? 1 : 0;
    label += stepLabel.data[i];
    steps++;
  });
  return { accuracy: right / Math.max(steps, 1), label: label / Math.max(steps, 1), steps: steps / stepEnd.shape[0] };
}
