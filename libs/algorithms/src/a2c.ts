import { chain, clipByGlobalNorm, flatten, rmsprop } from '@rivulet/engine';
import { aggregateLoss, policyGradientLoss, tdLoss, weighted } from '@rivulet/losses';
import { entropyBonus } from '@rivulet/regularizers';
import { advantageNormalization } from '@rivulet/returns';
import type { z } from 'zod';
import { type A2cConfig, a2cConfig } from './a2cConfig.js';
import type { Objective } from './actorCritic.js';
import type { Algorithm } from './algorithm.js';
import { falling } from './falling.js';
import { onPolicyAlgorithm } from './onPolicyAlgorithm.js';

/** The objective of A2C: L = E[-log π(a|s) Â] + c₁ E[(V(s) - R̂)²] - c₂ E[H(π(·|s))]. */
export function a2cObjective(config: A2cConfig): Objective {
  return ({ batch, policy, logProb, value }) => {
    const advantage = config.normalizeAdvantage ? advantageNormalization(batch.advantage) : batch.advantage;
    return weighted({
      policy: [1, aggregateLoss(policyGradientLoss(logProb, advantage))],
      value: [config.valueCoefficient, aggregateLoss(tdLoss(value, batch.returns, { distance: 'mse' }))],
      entropy: [-config.entropyCoefficient, aggregateLoss(entropyBonus(policy.entropy()))],
    });
  };
}

/**
 * Synchronous advantage actor-critic: one RMSprop step on each short rollout of N copies.
 *
 * Source: Mnih et al., "Asynchronous methods for deep reinforcement learning" (2016), algorithm S3, in its synchronous form.
 */
export function a2c(settings: z.input<typeof a2cConfig> = {}, options: { readonly objective?: Objective } = {}): Algorithm {
  const config = a2cConfig.parse(settings);
  return onPolicyAlgorithm({
    name: 'a2c',
    config,
    epochs: 1,
    minibatchSize: config.numEnvs * config.rolloutSteps,
    objective: () => options.objective ?? a2cObjective(config),
    optimizer: (updates) => flatten(chain(clipByGlobalNorm(config.maxGradientNorm), rmsprop(falling(config.learningRate, config.anneal, updates), { decay: 0.99, epsilon: 1e-5, epsilonPlace: 'outside' }))),
  });
}
