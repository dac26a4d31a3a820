import type { tf, Tree } from '@rivulet/engine';
import { aggregateLoss, ppoClipLoss, tdLoss, weighted } from '@rivulet/losses';
import { categorical } from '@rivulet/networks';
import { entropyBonus, klPenalty } from '@rivulet/regularizers';
import type { z } from 'zod';
import type { ActorAndLearner } from '../../algorithm.js';
import { completionActor } from '../flows/completionActor.js';
import { tokenAdvantages } from './tokenAdvantages.js';
import { tokenAlgorithm } from '../tokenAlgorithm.js';
import type { TokenObjective } from '../tokenPolicy.js';
import { type TokenPpoConfig, tokenPpoConfig } from './tokenPpoConfig.js';
import type { TokenTraining } from '../tokenTraining.js';
import { withValueHead } from '../withValueHead.js';

/**
 * The objective of PPO over tokens: the clipped surrogate, the value loss and the entropy bonus, each averaged over the tokens written.
 *
 * L = E[-min(ρ Â, clip(ρ, 1-ε, 1+ε) Â)] + c₁ E[(V - R̂)²] - c₂ E[H(π)], with the clipped value loss of openai/baselines where asked.
 */
export function tokenPpoObjective(config: Pick<TokenPpoConfig, 'clipRange' | 'valueClipRange' | 'valueCoefficient' | 'entropyCoefficient'>): TokenObjective {
  const { clipRange, valueClipRange, valueCoefficient, entropyCoefficient } = config;
  return ({ batch, logits, logProb, value }) => {
    if (value === undefined || batch.value === undefined || batch.returns === undefined) throw new Error('tokenPpoObjective: the policy has no value head (withValueHead)');
    const mask = batch.written;
    const perToken = (loss: tf.Tensor): tf.Scalar => aggregateLoss(loss, { mode: 'token', mask });
    const clip = valueClipRange === 'none' ? {} : { clip: { around: batch.value, range: valueClipRange } };
    const { loss, metrics } = weighted({
      policy: [1, perToken(ppoClipLoss({ logProb, oldLogProb: batch.logProb, advantage: batch.advantage }, { clipLow: clipRange, clipHigh: clipRange, mask }))],
      value: [valueCoefficient, perToken(tdLoss(value, batch.returns, { distance: 'mse', ...clip }))],
      entropy: [-entropyCoefficient, perToken(entropyBonus(categorical(logits).entropy(), { mask }))],
    });
    return { loss, metrics: { ...metrics, approximateKl: perToken(klPenalty(logProb, batch.logProb, { direction: 'forward', estimator: 'k3', mask })) } };
  };
}

/**
 * Proximal policy optimization of a language model: a value head on its hidden states, advantages by GAE over tokens, the verifier's reward at the last token, and the divergence from the starting policy taken off
 * token by token.
 *
 * Source: Schulman et al. (2017); for language models Ziegler et al., "Fine-tuning language models from human preferences" (2019), section 2, and Ouyang et al., "InstructGPT" (2022), appendix C. There the value function
 * is a model of its own; here it shares the transformer.
 *
 * @param training.from trained parameters of the policy with its head, `{ policy, value }`.
 * @returns actor and learner for `actorLearnerLoop`; weights are `{ policy, value }`.
 */
export function tokenPpo(settings: z.input<typeof tokenPpoConfig>, training: TokenTraining): ActorAndLearner<Tree> {
  const config = tokenPpoConfig.parse(settings);
  const policy = withValueHead(training.policy);
  return tokenAlgorithm({
    config,
    training: { ...training, policy },
    actor: (rng) => completionActor({ training, policy, config, rng }),
    prepare: (rollout) => tokenAdvantages(rollout, config),
    objective: tokenPpoObjective(config),
    temperature: config.temperature,
    groupSize: config.groupSize,
    minibatchGroups: config.minibatchPrompts,
    withReference: config.klCoefficient > 0,
  });
}
