import { type HostBatch, ndarray, type Rng, tf, type Tree } from '@rivulet/engine';
import { groupAdvantage, type RatioOptions } from '@rivulet/returns';
import type { Actor } from '@rivulet/streams';
import type { ActorAndLearner } from '../../algorithm.js';
import type { GrpoConfig } from './grpoConfig.js';
import { aggregationOf, grpoObjective } from './grpoObjective.js';
import { reuseRollouts } from '../flows/reuseRollouts.js';
import { rolloutMetrics } from '../rolloutMetrics.js';
import { tokenAlgorithm } from '../tokenAlgorithm.js';
import type { Prepared } from '../tokenLearner.js';
import type { TokenTraining } from '../tokenTraining.js';

/**
 * What {@link grpo} does with completions, whoever writes them: advantages within groups, and some steps of the clipped surrogate.
 *
 * @param actor gives rollouts of Q·G rows, a prompt's completions in consecutive rows, given a stream of its own.
 */
export function groupPolicyOptimization(config: GrpoConfig, training: Pick<TokenTraining, 'policy' | 'from' | 'rng'>, actor: (rng: Rng) => Actor<Tree, HostBatch>): ActorAndLearner<Tree> {
  const correction = correctionOf(config);
  return tokenAlgorithm({
    config,
    training,
    actor: (rng) => reuseRollouts(actor(rng), { rounds: config.reuse }),
    prepare: (rollout) => groupAdvantages(rollout, config),
    objective: grpoObjective(config),
    aggregation: aggregationOf(config),
    temperature: config.temperature,
    groupSize: config.groupSize,
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
