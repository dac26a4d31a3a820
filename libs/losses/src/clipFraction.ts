import { offTape, tf } from '@rivulet/engine';
import { jointLogRatio } from './jointLogRatio.js';
import type { RatioJoin } from './jointLogRatio.js';
import { spreadRows } from './spreadRows.js';

/** What {@link clipFraction} reads. */
export interface ClipFractionInput {
  /** log π(a|s) of the policy that learns */
  readonly logProb: tf.Tensor;
  /** log π(a|s) of the policy that acted, shaped alike */
  readonly oldLogProb: tf.Tensor;
  /** With it, only those elements count as clipped whose loss the clip changes: r above where A > 0, below where A < 0. Shaped like the ratios, or `[B]`. */
  readonly advantage?: tf.Tensor;
}

/** The switches of {@link clipFraction}: those of the loss. */
export interface ClipFractionOptions {
  readonly clipLow: number;
  readonly clipHigh: number;
  /** As in `ppoClipLoss`; 'token' unless given. */
  readonly level?: RatioJoin;
  /** As in `ppoClipLoss`; give it to `aggregateLoss` as well. */
  readonly mask?: tf.Tensor;
}

/**
 * How often the ratio r = exp(log π − log π_old) lies outside [1 − clipLow, 1 + clipHigh]: per element 1 or 0, without gradient.
 * The usual metric beside `ppoClipLoss`; reduce it by `aggregateLoss`. With the advantage it is what TRL and verl report.
 */
export function clipFraction({ logProb, oldLogProb, advantage }: ClipFractionInput, { clipLow, clipHigh, level = 'token', mask }: ClipFractionOptions): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      const ratio = jointLogRatio(logProb, oldLogProb, mask, level).exp();
      const [below, above] = [ratio.less(1 - clipLow), ratio.greater(1 + clipHigh)];
      if (advantage === undefined) return below.logicalOr(above).toFloat();
      const sign = spreadRows('clipFraction: advantage', advantage, ratio, 'ratios');
      return below.logicalAnd(sign.less(0)).logicalOr(above.logicalAnd(sign.greater(0))).toFloat();
    }),
  );
}
