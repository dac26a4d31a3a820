import type { Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import { groupPolicyOptimization } from '../methods/groupPolicyOptimization.js';
import { informativeGroups } from '../flows/informativeGroups.js';
import { maskedDiffusionActor } from './maskedDiffusionActor.js';
import { maskedDiffusionGrpoConfig } from './maskedDiffusionGrpoConfig.js';
import { maskedDiffusionOnePass } from './maskedDiffusionOnePass.js';
import { maskedDiffusionModel } from './maskedDiffusionScores.js';
import { taskActor } from '../flows/taskActor.js';
import type { SingleTurnTraining } from '../tokenTraining.js';
import { unmaskingGenerator } from './unmaskingGenerator.js';

/**
 * Group relative policy optimization of a masked-diffusion language model (diffu-GRPO): completions are written by unmasking, and the clipped surrogate of {@link grpo}, whose advantages and steps these are, compares their log-probabilities as
 * {@link maskedDiffusionOnePass} estimates them.
 *
 * Source: Zhao et al., "d1: Scaling reasoning in diffusion large language models via reinforcement learning" (2025), section 3 and algorithm 1. Their runs take ε 0.5, β 0.04, 12 passes over the completions and a
 * mean over tokens.
 *
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 * @throws when the policy's model is no `maskedDiffusionLm`, or the tokenizer has no end token.
 */
export function maskedDiffusionGrpo(settings: z.input<typeof maskedDiffusionGrpoConfig>, training: SingleTurnTraining): ActorAndLearner<Tree> {
  const { unmaskingSteps, blockTokens, order, hiddenPrompt, ...config } = maskedDiffusionGrpoConfig.parse(settings);
  const { policy, task, tokenizer, promptTokens, problems, scorer, onTranscripts } = training;
  const { prompts, groupSize, newTokens, temperature, compile } = config;
  const { eos } = tokenizer;
  if (eos === undefined) throw new Error('maskedDiffusionGrpo: the tokenizer has no end token, so a completion could not end');
  const model = maskedDiffusionModel(policy.model);
  const size = (count: number | 'newTokens'): number => (count === 'newTokens' ? newTokens : count);
  const dynamic = config.informative ? { rounds: 4, select: informativeGroups(prompts) } : {};

  return groupPolicyOptimization(config, { ...training, policy: maskedDiffusionOnePass(policy, newTokens) }, (rng) => {
    const [actorRng, hidingRng] = rng.split(2);
    const generator = unmaskingGenerator({
      model, parameters: policy.parameters, rows: prompts * groupSize, promptTokens, newTokens, eos, steps: size(unmaskingSteps), blockTokens: size(blockTokens), order, sampling: { temperature }, compile,
    });
    const actor = taskActor({ task, tokenizer, generator, room: { promptTokens, newTokens }, prompts, groupSize, ...dynamic, problems, rng: actorRng, scorer, onTranscripts });
    return maskedDiffusionActor({ actor, policy, newTokens, hiddenPrompt, temperature, rng: hidingRng, compile });
  });
}
