import { offTape, tf } from '@rivulet/engine';
import { jointLogRatio } from './jointLogRatio.js';
import type { SurrogateInput } from './ppoClipLoss.js';
import { spreadRows } from './spreadRows.js';

/** The switches of {@link cispoLoss}. */
export interface CispoOptions {
  /** The largest weight; in the terms of the paper 1 + ε_high. */
  readonly max: number;
  /** The smallest weight, 1 − ε_low; 0 unless given. */
  readonly min?: number;
  /** The ratio of each token (unless given), or that of its whole row: the product, or the geometric mean. */
  readonly level?: 'token' | 'sequence' | 'geometric';
  /** Shaped like the log-probabilities, 1 where an element counts; the others lose 0 and are left out of joint ratios. */
  readonly mask?: tf.Tensor;
  /** Multiplies the loss: shaped like it, or `[B]` for all steps of a row; without gradient. */
  readonly weight?: tf.Tensor;
}

/**
 * The score-function loss with a clipped importance weight, per element, with r = exp(log π − log π_old), constant to derivatives:
 *
 * L = −w·clip(r, min, max)·A·log π
 *
 * Unlike in `ppoClipLoss` no token loses its gradient. Gradient reaches `logProb` alone.
 *
 * MiniMax 2025, "MiniMax-M1", eqs. 4 and 5, without an effective lower clip there; Khatri et al. 2025, "The Art of Scaling Reinforcement Learning Compute for
 * LLMs" (max 4 to 8). TRL gives the bound as it is here, verl as 1 + ε. With the reference as old policy, max 1.9 and min 0.1: Baheti et al. 2023, "A-LoL".
 *
 * @returns shaped like `logProb`
 * @throws when advantages or weights do not fit, or min exceeds max.
 */
export function cispoLoss({ logProb, oldLogProb, advantage }: SurrogateInput, { max, min = 0, level = 'token', mask, weight }: CispoOptions): tf.Tensor {
  if (!(min <= max)) throw new Error(`cispoLoss: min must not exceed max ${max}, got ${min}`);
  return tf.tidy(() => {
    const factor = offTape(() => {
      const clipped = jointLogRatio(logProb, oldLogProb, mask, level).exp().clipByValue(min, max);
      const ratio = spreadRows('cispoLoss: ratio', clipped, logProb, 'log-probabilities');
      const signed = ratio.mul(spreadRows('cispoLoss: advantage', advantage, logProb, 'log-probabilities')).neg();
      return weight === undefined ? signed : signed.mul(spreadRows('cispoLoss: weight', weight, logProb, 'log-probabilities'));
    });
    if (mask === undefined) return logProb.mul(factor);
    return tf.where(mask.toBool(), logProb, tf.zerosLike(logProb)).mul(factor);
  });
}
