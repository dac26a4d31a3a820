import { type HostBatch, ndarray, tf, type Tree } from '@rivulet/engine';
import { groupAdvantage, type RatioOptions } from '@rivulet/returns';
import type { z } from 'zod';
import type { ActorAndLearner } from './algorithm.js';
import { completionActor } from './completionActor.js';
import { type GrpoConfig, grpoConfig } from './grpoConfig.js';
import { aggregationOf, grpoObjective } from './grpoObjective.js';
import { informativeGroups } from './informativeGroups.js';
import { reuseRollouts } from './reuseRollouts.js';
import { rolloutMetrics } from './rolloutMetrics.js';
import { tokenAlgorithm } from './tokenAlgorithm.js';
import type { Prepared } from './tokenLearner.js';
import type { TokenTraining } from './tokenTraining.js';

/**
 * Group relative policy optimization and its family: G completions of each of Q prompts, their verified rewards compared within the group, and some steps of a clipped surrogate. There is no value
 * network. The settings' presets ({@link grpoPresets}) are GRPO, Dr. GRPO, DAPO, RLOO, REINFORCE++ and GSPO.
 *
 * With `reuse`, completions of older rounds are learned from again ({@link reuseRollouts}); with `correction`, for what the policy has moved since they were written ({@link correctedAdvantage}).
 *
 * Source: Shao et al., "DeepSeekMath" (2024), algorithm 1; the others with their preset.
 *
 * @returns actor and learner for `actorLearnerLoop`; weights are what is trained.
 */
export function grpo(settings: z.input<typeof grpoConfig>, training: TokenTraining): ActorAndLearner<Tree> {
  const config = grpoConfig.parse(settings);
  const { prompts, groupSize, informative, reuse } = config;
  const correction = correctionOf(config);
  return tokenAlgorithm({
    config,
    training,
    actor: (rng) => reuseRollouts(completionActor({ training, config, ...(informative ? { rounds: 4, select: informativeGroups(prompts) } : {}), rng }), { rounds: reuse }),
    prepare: (rollout) => groupAdvantages(rollout, config),
    objective: grpoObjective(config),
    aggregation: aggregationOf(config),
    temperature: config.temperature,
    groupSize,
    minibatchGroups: config.minibatchPrompts,
    withReference: config.klCoefficient > 0,
    correction,
  });
}

/** How the config corrects for completions that older policies wrote. */
function correctionOf({ correction, truncateRatio, level }: GrpoConfig): RatioOptions | undefined {
  if (correction === 'none') return undefined;
  const perToken = correction === 'token' || correction === 'trajectory';
  if (perToken && level !== 'token') throw new Error(`grpo: with level '${level}' a completion has one ratio, so the correction must be 'sequence' or 'geometric', got '${correction}'`);
  return { level: correction, ...(truncateRatio === 'none' ? {} : { truncate: truncateRatio }) };
}

/** Advantages [N] of completions within their groups, after the divergence from the reference was taken off the reward if the config says so. */
async function groupAdvantages(rollout: HostBatch, config: GrpoConfig): Promise<Prepared> {
  const { groupSize, center, scale, klCoefficient, klPlacement } = config;
  const rows = rollout.reward.shape[0];
  const inReward = klPlacement === 'reward' && klCoefficient > 0;
  const divergence = inReward ? divergences(rollout) : undefined;
  const shaped = Float32Array.from(rollout.reward.data, (reward, row) => reward - (divergence === undefined ? 0 : klCoefficient * divergence[row]));
  const advantage = tf.tidy(() => groupAdvantage(tf.tensor2d(shaped, [rows / groupSize, groupSize]), { center, scale }).reshape([rows]));
  const data = (await advantage.data()) as Float32Array;
  advantage.dispose();
  return { advantage: ndarray('float32', [rows], Float32Array.from(data)), metrics: { ...rolloutMetrics(rollout, groupSize), ...(divergence === undefined ? {} : { kl: mean(divergence) }) } };
}

/** Σ over a completion's tokens of log π - log π_ref: the k1 estimate of the divergence of the whole completion. */
function divergences({ written, logProb, referenceLogProb }: HostBatch): Float32Array {
  const [rows, width] = written.shape;
  return Float32Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) if (written.data[i] > 0) sum += logProb.data[i] - referenceLogProb.data[i];
    return sum;
  });
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
