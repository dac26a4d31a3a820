import { type Metrics, stopGradient, tf } from '@rivulet/engine';
import { aggregateLoss, dpoLoss, ktoLoss, nllLoss, oddsRatioLoss, pairLogRatioLoss, sequenceLogProb, weighted } from '@rivulet/losses';
import type { PreferenceConfig } from './preferenceConfig.js';
import type { TokenObjective } from '../tokenPolicy.js';

/** log-probabilities of the two completions of each pair, under policy and reference: [M] each. */
interface Pairs {
  readonly chosen: tf.Tensor;
  readonly rejected: tf.Tensor;
  readonly chosenReference: tf.Tensor;
  readonly rejectedReference: tf.Tensor;
}

/**
 * The objective of preference optimization over pairs of completions, which stand in consecutive rows, the better one first. A pair whose rewards are equal prefers nothing, and does not count.
 *
 * 'dpo', 'ipo' and 'kto' compare with the reference, by whole completions ('ipo' by the mean over tokens, as its authors ran it); 'simpo' and 'orpo' need none, and take means. KTO's z₀ is 0 here: no mismatched answers are drawn. The formulas are those of
 * `dpoLoss`, `pairLogRatioLoss`, `ktoLoss` and `oddsRatioLoss`.
 */
export function preferenceObjective(config: Pick<PreferenceConfig, 'loss' | 'beta' | 'margin' | 'labelSmoothing' | 'likelihoodCoefficient'>): TokenObjective {
  const reduce = config.loss === 'dpo' || config.loss === 'kto' ? 'sum' : 'mean';
  return ({ batch, logProb }) => {
    const mask = batch.written;
    const own = split(sequenceLogProb(logProb, { reduce, mask }));
    const anchor = split(sequenceLogProb(batch.referenceLogProb, { reduce, mask }));
    const reward = split(batch.reward);
    const prefers = reward[0].greater(reward[1]);
    const pairs = { chosen: own[0], rejected: own[1], chosenReference: anchor[0], rejectedReference: anchor[1] };
    const better = split(aggregateRows(nllLoss(logProb, { mask }), mask))[0];
    const { loss, metrics } = weighted({
      preference: [config.loss === 'orpo' ? config.beta : 1, aggregateLoss(pairLoss(pairs, config), { mask: prefers })],
      negativeLogLikelihood: [config.likelihoodCoefficient, aggregateLoss(better, { mask: prefers })],
    });
    return { loss, metrics: { ...metrics, ...comparison(pairs, prefers) } };
  };
}

function pairLoss(pairs: Pairs, { loss, beta, margin, labelSmoothing }: Parameters<typeof preferenceObjective>[0]): tf.Tensor {
  const { chosen, rejected, chosenReference, rejectedReference } = pairs;
  switch (loss) {
    case 'dpo':
      return dpoLoss(pairs, { beta, labelSmoothing });
    case 'ipo':
      return pairLogRatioLoss(chosen.sub(chosenReference), rejected.sub(rejectedReference), 1 / (2 * beta));
    case 'simpo':
      return dpoLoss({ chosen, rejected }, { beta, margin });
    case 'orpo':
      return oddsRatioLoss({ chosen, rejected });
    case 'kto': {
      const label = (value: number): tf.Tensor => tf.fill(chosen.shape, value);
      const good = ktoLoss({ logProb: chosen, referenceLogProb: chosenReference, desirable: label(1) }, { beta });
      return good.add(ktoLoss({ logProb: rejected, referenceLogProb: rejectedReference, desirable: label(0) }, { beta })).div(2);
    }
  }
}

/** How often the better completion is ahead of the worse, relative to the reference, and by how much; and the share of pairs that count. */
function comparison({ chosen, rejected, chosenReference, rejectedReference }: Pairs, prefers: tf.Tensor): Metrics {
  return tf.tidy(() => {
    const ahead = stopGradient(chosen.sub(chosenReference).sub(rejected.sub(rejectedReference)));
    return {
      ahead: aggregateLoss(ahead, { mask: prefers }),
      accuracy: aggregateLoss(ahead.greater(0).toFloat(), { mask: prefers }),
      preferences: prefers.toFloat().mean() as tf.Scalar,
    };
  });
}

/** [2M] as the even and the odd entries, [M] each. */
function split(rows: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const [first, second] = tf.unstack(rows.reshape([-1, 2]), 1);
  return [first, second];
}

/** The mean over the tokens of each row. */
function aggregateRows(loss: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return loss.sum(-1).div(tf.maximum(mask.sum(-1), 1));
}
