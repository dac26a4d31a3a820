import type { Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from './algorithm.js';
import { grpo } from './grpo.js';
import { informativeGroups } from './informativeGroups.js';
import { maskedDiffusionActor } from './maskedDiffusionActor.js';
import { maskedDiffusionGrpoConfig } from './maskedDiffusionGrpoConfig.js';
import { maskedDiffusionOnePass } from './maskedDiffusionOnePass.js';
import { maskedDiffusionModel } from './maskedDiffusionScores.js';
import { reuseRollouts } from './reuseRollouts.js';
import { taskActor } from './taskActor.js';
import type { TokenTraining } from './tokenTraining.js';
import { unmaskingGenerator } from './unmaskingGenerator.js';

/**
 * Group relative policy optimization of a masked-diffusion language model (diffu-GRPO): completions are written by unmasking, and the clipped surrogate of {@link grpo}, whose learner this is, compares their log-probabilities as
 * {@link maskedDiffusionOnePass} estimates them.
 *
 * Source: Zhao et al., "d1: Scaling reasoning in diffusion large language models via reinforcement learning" (2025), section 3 and algorithm 1. Their runs take ε 0.5, β 0.04, 12 passes over the completions and a
 * mean over tokens.
 *
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 * @throws when the policy's model is no `maskedDiffusionLm`, or the tokenizer has no end token.
 */
export function maskedDiffusionGrpo(settings: z.input<typeof maskedDiffusionGrpoConfig>, training: TokenTraining): ActorAndLearner<Tree> {
  const { unmaskingSteps, blockTokens, order, hiddenPrompt, ...config } = maskedDiffusionGrpoConfig.parse(settings);
  const { policy, task, tokenizer, promptTokens, from } = training;
  const { prompts, groupSize, newTokens, temperature, compile } = config;
  const { parameters } = policy;
  const model = maskedDiffusionModel(policy.model);
  const [actorRng, hidingRng, learnerRng] = training.rng.split(3);
  const { learner } = grpo(config, { policy: maskedDiffusionOnePass(policy, newTokens), task, tokenizer, promptTokens, from, rng: learnerRng });
  const size = (count: number | 'newTokens'): number => (count === 'newTokens' ? newTokens : count);
  const generator = unmaskingGenerator({
    model, parameters, rows: prompts * groupSize, promptTokens, newTokens, eos: tokenizer.eos as number, steps: size(unmaskingSteps), blockTokens: size(blockTokens), order, sampling: { temperature }, compile,
  });
  const actor = taskActor({
    task, tokenizer, generator, room: { promptTokens, newTokens }, prompts, groupSize, ...(config.informative ? { rounds: 4, select: informativeGroups(prompts) } : {}), problems: training.problems, rng: actorRng,
    scorer: training.scorer, onTranscripts: training.onTranscripts,
  });
  const scored = maskedDiffusionActor({ actor, policy, newTokens, hiddenPrompt, temperature, rng: hidingRng, compile });
  return { actor: reuseRollouts(scored, { rounds: config.reuse }), learner };
}
