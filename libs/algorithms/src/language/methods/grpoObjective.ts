import { type Metrics, stopGradient, tf } from '@rivulet/engine';
import { type Aggregation, aggregateLoss, ppoClipLoss, sequenceLogProb, weighted } from '@rivulet/losses';
import { categorical } from '@rivulet/networks';
import { entropyBonus, klPenalty } from '@rivulet/regularizers';
import type { GrpoConfig } from './grpoConfig.js';
import type { TokenObjective } from '../tokenPolicy.js';

/** How the config reduces the losses of tokens. */
export function aggregationOf({ aggregation, groupSize, newTokens }: Pick<GrpoConfig, 'aggregation' | 'groupSize' | 'newTokens'>): Aggregation {
  if (aggregation === 'prompt') return { mode: 'prompt', groupSize };
  return aggregation === 'constant' ? { mode: 'constant', maxLength: newTokens } : { mode: aggregation };
}

/**
 * The objective of the group-policy-optimisation family: the clipped surrogate over the tokens of completions, the divergence from the start and the entropy,
 *
 * L = E[-min(ρ Â, clip(ρ, 1-ε_low, 1+ε_high) Â)] + β E[KL(π‖π_ref)] - c E[H(π)],
 *
 * where ρ belongs to a token, or to the completion, and so does the divergence. A completion's ratio or divergence has one loss, which is averaged over completions; what belongs to tokens is reduced by `aggregation`.
 *
 * Per token, the divergence lacks what a token does to those that follow. Of the whole completion and with k2, ½ (log π(y) - log π_ref(y))², its gradient on completions of the policy itself is that of KL(π‖π_ref) in expectation
 * (see `klPenalty`).
 */
export function grpoObjective(config: GrpoConfig): TokenObjective {
  const { clipLow, clipHigh, dualClip, level, klCoefficient, klPlacement, entropyCoefficient } = config;
  const aggregation = aggregationOf(config);
  return ({ batch, logits, logProb }) => {
    const mask = batch.written;
    const perToken = (loss: tf.Tensor): tf.Scalar => aggregateLoss(loss, { ...aggregation, mask });
    const surrogate = ppoClipLoss({ logProb, oldLogProb: batch.logProb, advantage: batch.advantage }, { clipLow, clipHigh, level, mask, ...(dualClip === 'none' ? {} : { dualClip }) });
    const entropy = entropyBonus(categorical(logits).entropy(), { mask });
    const { loss, metrics } = weighted({
      policy: [1, level === 'token' ? perToken(surrogate) : aggregateLoss(surrogate)],
      ...(klCoefficient > 0 && klPlacement === 'loss' ? { kl: [klCoefficient, divergence(logProb, batch.referenceLogProb, mask, config)] as const } : {}),
      entropy: [-entropyCoefficient, perToken(entropy)],
    });
    return { loss, metrics: { ...metrics, entropy: aggregateLoss(stopGradient(entropy), { mode: 'token', mask }), ...movement(stopGradient(logProb), batch.logProb, mask, config) } };
  };
}

/** The mean divergence from the reference, of tokens or of completions. */
function divergence(logProb: tf.Tensor, reference: tf.Tensor, mask: tf.Tensor, config: GrpoConfig): tf.Scalar {
  const options = { direction: 'reverse', estimator: config.klEstimator } as const;
  if (config.klLevel === 'token') return aggregateLoss(klPenalty(logProb, reference, { ...options, mask }), { ...aggregationOf(config), mask });
  const [own, anchor] = [logProb, reference].map((each) => sequenceLogProb(each, { reduce: 'sum', mask }));
  return aggregateLoss(klPenalty(own, anchor, options));
}

/** How far the policy has moved from the one that wrote, averaged over tokens. */
function movement(logProb: tf.Tensor, oldLogProb: tf.Tensor, mask: tf.Tensor, { clipLow, clipHigh }: GrpoConfig): Metrics {
  return tf.tidy(() => {
    const ratio = logProb.sub(oldLogProb).mul(mask).exp();
    const clipped = ratio.less(1 - clipLow).logicalOr(ratio.greater(1 + clipHigh)).toFloat();
    return {
      approximateKl: aggregateLoss(klPenalty(logProb, oldLogProb, { direction: 'forward', estimator: 'k3', mask }), { mode: 'token', mask }),
      clipFraction: aggregateLoss(clipped, { mode: 'token', mask }),
    };
  });
}
