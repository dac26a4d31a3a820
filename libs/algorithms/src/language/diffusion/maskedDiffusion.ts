import { adam, chain, clipByGlobalNorm, flatten, type Tree } from '@rivulet/engine';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import { corpusActor } from '../flows/corpusActor.js';
import { maskedDiffusionConfig } from './maskedDiffusionConfig.js';
import { maskedDiffusionLearner } from './maskedDiffusionLearner.js';
import { tokenLearner } from '../tokenLearner.js';
import type { SingleTurnTraining } from '../tokenTraining.js';
import { uniformAdvantage } from '../uniformAdvantage.js';

/**
 * Supervised training of a masked-diffusion language model on worked solutions of a task: parts of the solution are hidden, never the prompt, and the model fills them in. Completions are then
 * written by `unmaskingGenerator`.
 *
 * Source: Nie et al., "Large language diffusion models" (LLaDA, 2025), section 2.3; the loss with `maskedDiffusionLearner`.
 *
 * @param training its `policy` trains a `maskedDiffusionLm`, whole or by adapters
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 * @throws when the policy's model is another one, or the tokenizer has no end token.
 */
export function maskedDiffusion(settings: z.input<typeof maskedDiffusionConfig>, { policy, task, tokenizer, promptTokens, from, rng }: Pick<SingleTurnTraining, 'policy' | 'task' | 'tokenizer' | 'promptTokens' | 'from' | 'rng'>): ActorAndLearner<Tree> {
  const { batchSize, steps, newTokens, minimumTime, spread, learningRate, maxGradientNorm, compile } = maskedDiffusionConfig.parse(settings);
  const { eos } = tokenizer;
  if (eos === undefined) throw new Error('maskedDiffusion: the tokenizer has no end token, so a completion could not end');
  const [actorRng, learnerRng] = rng.split(2);
  const optimizer = flatten(chain(clipByGlobalNorm(maxGradientNorm), adam(learningRate)));
  return {
    actor: corpusActor({ task, tokenizer, room: { promptTokens, newTokens }, rows: batchSize * steps, rng: actorRng }),
    learner: tokenLearner({
      policy,
      learner: maskedDiffusionLearner(policy, { optimizer, newTokens, eos, times: { minimum: minimumTime, spread } }),
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
