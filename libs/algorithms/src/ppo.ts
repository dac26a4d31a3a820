import { adam, chain, clipByGlobalNorm, flatten, type Metrics, type Schedule, stopGradient, tf } from '@rivulet/engine';
import { aggregateLoss, ppoClipLoss, tdLoss, weighted } from '@rivulet/losses';
import { entropyBonus, klPenalty } from '@rivulet/regularizers';
import { advantageNormalization } from '@rivulet/returns';
import type { z } from 'zod';
import type { Objective } from './actorCritic.js';
import type { Algorithm } from './algorithm.js';
import { falling } from './falling.js';
import { onPolicyAlgorithm } from './onPolicyAlgorithm.js';
import { type PpoConfig, ppoConfig } from './ppoConfig.js';

/**
 * The objective of PPO: the clipped surrogate, the value loss and the entropy bonus,
 *
 * L = E[-min(ρ Â, clip(ρ, 1-ε, 1+ε) Â)] + c₁ E[(V(s) - R̂)²] - c₂ E[H(π(·|s))],   ρ = π(a|s) / π_old(a|s).
 *
 * With `valueClipRange` c, (V - R̂)² becomes max((V - R̂)², (V_old + clip(V - V_old, ±c) - R̂)²), as in openai/baselines' ppo2.
 * Beside its terms it reports how far the policy has moved: `approximateKl` (the k3 estimate of KL(π_old‖π)) and `clipFraction`.
 */
export function ppoObjective(config: PpoConfig, clipRange: Schedule): Objective {
  return ({ batch, policy, logProb, value, step }) => {
    const advantage = config.normalizeAdvantage ? advantageNormalization(batch.advantage) : batch.advantage;
    const epsilon = clipRange.tensor(step);
    const valueClip = config.valueClipRange === 'none' ? {} : { clip: { around: batch.value, range: config.valueClipRange } };
    const { loss, metrics } = weighted({
      policy: [1, aggregateLoss(ppoClipLoss({ logProb, oldLogProb: batch.logProb, advantage }, { clipLow: epsilon, clipHigh: epsilon }))],
      value: [config.valueCoefficient, aggregateLoss(tdLoss(value, batch.returns, { distance: 'mse', ...valueClip }))],
      entropy: [-config.entropyCoefficient, aggregateLoss(entropyBonus(policy.entropy()))],
    });
    return { loss, metrics: { ...metrics, ...movement(stopGradient(logProb), batch.logProb, epsilon) } };
  };
}

/** How far the policy has moved from the one that acted. */
function movement(logProb: tf.Tensor, oldLogProb: tf.Tensor, epsilon: tf.Tensor): Metrics {
  return tf.tidy(() => ({
    approximateKl: klPenalty(logProb, oldLogProb, { direction: 'forward', estimator: 'k3' }).mean() as tf.Scalar,
    clipFraction: logProb.sub(oldLogProb).exp().sub(1).abs().greater(epsilon).toFloat().mean() as tf.Scalar,
  }));
}

/**
 * Proximal policy optimization: rollouts of T steps in N copies, advantages by GAE, then K epochs of Adam over shuffled
 * minibatches of the clipped surrogate.
 *
 * Source: Schulman et al., "Proximal policy optimization algorithms" (2017), algorithm 1 and eqs. 7 and 9; details as in
 * Huang et al., "The 37 implementation details of PPO" (2022): orthogonal initialisation, Adam ε = 1e-5, advantages
 * standardised per minibatch, gradients clipped by global norm.
 *
 * @param options.objective takes the place of {@link ppoObjective}: swap a block, keep the algorithm.
 */
export function ppo(settings: z.input<typeof ppoConfig> = {}, options: { readonly objective?: Objective } = {}): Algorithm {
  const config = ppoConfig.parse(settings);
  return onPolicyAlgorithm({
    name: 'ppo',
    config,
    epochs: config.epochs,
    minibatchSize: config.minibatchSize,
    objective: (updates) => options.objective ?? ppoObjective(config, falling(config.clipRange, config.annealClipRange, updates)),
    optimizer: (updates) => flatten(chain(clipByGlobalNorm(config.maxGradientNorm), adam(falling(config.learningRate, config.anneal, updates), { epsilon: 1e-5 }))),
  });
}
