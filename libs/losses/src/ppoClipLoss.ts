import { offTape, tf } from '@rivulet/engine';
import { jointLogRatio } from './jointLogRatio.js';
import type { RatioJoin } from './jointLogRatio.js';
import { spreadRows } from './spreadRows.js';

/** What {@link ppoClipLoss} reads. */
export interface SurrogateInput {
  /** log π(a|s) of the policy that learns, `[B]` or `[B, T]` */
  readonly logProb: tf.Tensor;
  /** log π(a|s) of the policy that acted, of the same shape; without gradient */
  readonly oldLogProb: tf.Tensor;
  /** Shaped like the log-probabilities, or `[B]` for all steps of a row; without gradient */
  readonly advantage: tf.Tensor;
}

/** The switches of {@link ppoClipLoss}. */
export interface PpoClipOptions {
  /** ε below: the ratio is clipped at 1 − clipLow. A number, or one for each element. Not clipped below unless given. */
  readonly clipLow?: number | tf.Tensor;
  /** ε above: the ratio is clipped at 1 + clipHigh. A number, or one for each element. Not clipped above unless given. */
  readonly clipHigh?: number | tf.Tensor;
  /** c > 1: where A < 0 the objective is bounded by c·A (Ye et al. 2020, dual-clip PPO; where c ≥ 1 + clipHigh, the same as the two-sided clipping with δ = c of INTELLECT-2). Not bounded unless given. */
  readonly dualClip?: number;
  /** Shaped like the log-probabilities, 1 where an element counts; the others lose 0 and are left out of joint ratios. */
  readonly mask?: tf.Tensor;
  /**
   * The ratio of each token (unless given), of a whole row (its product), or its geometric mean (GSPO); the latter two give a loss `[B]`. 'geometricToken' is
   * the geometric mean in value with the gradient of each token's own ratio (GSPO-token), and gives `[B, T]`, so that advantages may differ within a row; where
   * they do not, its mean over the tokens of a row is 'geometric' in value and gradient.
   */
  readonly level?: RatioJoin;
  /** Multiplies the loss: shaped like it, or `[B]` for all steps of a row; without gradient. For instance `importanceRatio` of the acting policy against what truly sampled. */
  readonly weight?: tf.Tensor;
}

/**
 * The clipped surrogate of PPO and of its kin for language models, per element, with r = exp(log π − log π_old):
 *
 * L = −w·min(r·A, clip(r, 1 − clipLow, 1 + clipHigh)·A)
 *
 * Gradient reaches `logProb` alone.
 *
 * Schulman et al. 2017, "Proximal Policy Optimization Algorithms", eq. 7; Yu et al. 2025, "DAPO", section 3.1 (clipLow 0.2, clipHigh 0.28); Zheng et al. 2025,
 * "Group Sequence Policy Optimization", eqs. 5 and 7 (level 'geometric') and section 4.3 ('geometricToken'; both with clips of some 3e-4, since a mean of
 * logarithms is near 0). verl clamps the log-ratio at ±20 before, TRL does not, nor is it done here.
 *
 * @returns shaped like `logProb`; `[B]` on the levels 'sequence' and 'geometric'
 * @throws when advantages or weights do not fit the level, or dualClip is not above 1.
 */
export function ppoClipLoss({ logProb, oldLogProb, advantage }: SurrogateInput, { clipLow, clipHigh, dualClip, mask, level = 'token', weight }: PpoClipOptions = {}): tf.Tensor {
  if (dualClip !== undefined && !(dualClip > 1)) throw new Error(`ppoClipLoss: dualClip must be above 1, got ${dualClip}`);
  return tf.tidy(() => {
    const ratio = jointLogRatio(logProb, oldLogProb, mask, level).exp();
    const factor = offTape(() => spreadRows('ppoClipLoss: advantage', advantage, ratio, 'ratios'));
    const plain = ratio.mul(factor);
    const clipped = offTape(() => clip(ratio, clipLow, clipHigh).mul(factor));
    // The clipped branch is constant wherever it is the smaller one, so only the plain branch is on the tape.
    let objective = tf.where(offTape(() => plain.lessEqual(clipped)), plain, clipped);
    if (dualClip !== undefined) {
      const floor = offTape(() => factor.mul(dualClip));
      objective = tf.where(offTape(() => factor.less(0).logicalAnd(objective.less(floor))), floor, objective);
    }
    const loss = weight === undefined ? objective.neg() : objective.mul(offTape(() => spreadRows('ppoClipLoss: weight', weight, ratio, 'ratios').neg()));
    return mask === undefined || loss.rank < logProb.rank ? loss : tf.where(mask.toBool(), loss, tf.zerosLike(loss));
  });
}

function clip(ratio: tf.Tensor, low: number | tf.Tensor | undefined, high: number | tf.Tensor | undefined): tf.Tensor {
  const raised = low === undefined ? ratio : tf.maximum(ratio, tf.sub(1, low));
  return high === undefined ? raised : tf.minimum(raised, tf.add(1, high));
}
