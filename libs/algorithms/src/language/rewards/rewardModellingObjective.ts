import { tf } from '@rivulet/engine';
import { aggregateLoss, bradleyTerryLoss, plackettLuceLoss, weighted } from '@rivulet/losses';
import type { RewardModellingConfig } from './rewardModellingConfig.js';
import { rewardModellingScores } from './rewardModellingScores.js';
import type { TokenObjective } from '../tokenPolicy.js';

/**
 * The objective of a reward model over groups of K completions of a prompt, which stand in consecutive rows, the best first; their rewards are the judge's. With 'bradleyTerry' over pairs of which one is preferred,
 *
 * L = mean over prompts of the mean over its pairs of −log σ(s_chosen − s_rejected),
 *
 * or the mean over all pairs; with 'plackettLuce' over rankings, by `plackettLuceLoss`. Completions of equal reward are no pair, and a group of equals is no ranking.
 *
 * Preferences leave open how high the scores of a prompt are: c·(2 s̄)², where s̄ is the mean score of a group, draws them to 0. A prompt of many groups then has somewhat smaller differences, too: by 8 % for c = 0.01,
 * groups of 4 and a standard deviation of 1.
 *
 * Source: Ouyang et al., "InstructGPT" (2022), section 3.5, eq. 1; rankings: Zhu et al. (2023), with `plackettLuceLoss`; centering: of pairs it is c·(s_chosen + s_rejected)², Eisenstein et al., "Helping or Herding?"
 * (2023), eq. 2; margin and smoothing with `bradleyTerryLoss`.
 */
export function rewardModellingObjective(config: Pick<RewardModellingConfig, 'groupSize' | 'loss' | 'aggregation' | 'margin' | 'centering' | 'labelSmoothing' | 'places'>): TokenObjective {
  const { groupSize, loss: kind, centering } = config;
  return ({ batch, value }) => {
    if (value === undefined) throw new Error('rewardModellingObjective: the model has no head (withValueHead)');
    const stands = batch.mask.slice([0, (batch.mask.shape[1] as number) - (value.shape[1] as number)]);
    const score = rewardModellingScores(value, stands).reshape([-1, groupSize]);
    const reward = batch.reward.reshape([-1, groupSize]);
    return weighted({
      preference: [1, kind === 'bradleyTerry' ? pairLoss(score, reward, config) : rankingLoss(score, reward, config)],
      centering: [centering, aggregateLoss(score.mean(1).mul(2).square())],
    });
  };
}

/** Scores and rewards [Q, K] as all ordered pairs [Q, K·K], of which those count that prefer the first. */
function pairLoss(score: tf.Tensor, reward: tf.Tensor, { groupSize, aggregation, margin, labelSmoothing }: Parameters<typeof rewardModellingObjective>[0]): tf.Scalar {
  const flat = (pairs: tf.Tensor): tf.Tensor => pairs.reshape([-1, groupSize * groupSize]);
  const label = labelSmoothing === 0 ? {} : { label: tf.scalar(1 - labelSmoothing) };
  const loss = bradleyTerryLoss(score.expandDims(2), score.expandDims(1), { margin, ...label });
  return aggregateLoss(flat(loss), { mode: aggregation === 'prompt' ? 'sequence' : 'token', mask: flat(reward.expandDims(2).greater(reward.expandDims(1))) });
}

function rankingLoss(score: tf.Tensor, reward: tf.Tensor, { places }: Parameters<typeof rewardModellingObjective>[0]): tf.Scalar {
  const loss = plackettLuceLoss(score, places === 'all' ? {} : { places });
  return aggregateLoss(loss, { mask: reward.max(1).greater(reward.min(1)) });
}
