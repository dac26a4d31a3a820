import { offTape, tf } from '@rivulet/engine';

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
  /** c > 1: where A < 0 the objective is bounded by c·A (Ye et al. 2020, dual-clip PPO). Not bounded unless given. */
  readonly dualClip?: number;
  /** Shaped like the log-probabilities, 1 where an element counts; the others lose 0 and are left out of joint ratios. */
  readonly mask?: tf.Tensor;
  /** The ratio of each token (unless given), of a whole row (its product), or its geometric mean (GSPO). The latter two give a loss `[B]`. */
  readonly level?: 'token' | 'sequence' | 'geometric';
}

/**
 * The clipped surrogate of PPO and of its kin for language models, per element, with r = exp(log π − log π_old):
 *
 * L = −min(r·A, clip(r, 1 − clipLow, 1 + clipHigh)·A)
 *
 * Gradient reaches `logProb` alone.
 *
 * Schulman et al. 2017, "Proximal Policy Optimization Algorithms", eq. 7; Zheng et al. 2025, "Group Sequence Policy
 * Optimization", eqs. 5 and 7 (level 'geometric').
 *
 * @returns shaped like `logProb`; `[B]` on the levels 'sequence' and 'geometric'
 * @throws when the advantages do not fit the level, or dualClip is not above 1.
 */
export function ppoClipLoss({ logProb, oldLogProb, advantage }: SurrogateInput, { clipLow, clipHigh, dualClip, mask, level = 'token' }: PpoClipOptions = {}): tf.Tensor {
  if (dualClip !== undefined && !(dualClip > 1)) throw new Error(`ppoClipLoss: dualClip must be above 1, got ${dualClip}`);
  return tf.tidy(() => {
    const counts = mask?.toBool();
    const difference = logProb.sub(offTape(() => oldLogProb.clone()));
    const logRatio = counts === undefined ? difference : tf.where(counts, difference, tf.zerosLike(difference));
    const ratio = joined(logRatio, mask, level).exp();
    const weight = offTape(() => spread(advantage, ratio));
    const plain = ratio.mul(weight);
    const clipped = offTape(() => clip(ratio, clipLow, clipHigh).mul(weight));
    // The clipped branch is constant wherever it is the smaller one, so only the plain branch is on the tape.
    let objective = tf.where(offTape(() => plain.lessEqual(clipped)), plain, clipped);
    if (dualClip !== undefined) {
      const floor = offTape(() => weight.mul(dualClip));
      objective = tf.where(offTape(() => weight.less(0).logicalAnd(objective.less(floor))), floor, objective);
    }
    const loss = objective.neg();
    return counts === undefined || level !== 'token' ? loss : tf.where(counts, loss, tf.zerosLike(loss));
  });
}

function joined(logRatio: tf.Tensor, mask: tf.Tensor | undefined, level: 'token' | 'sequence' | 'geometric'): tf.Tensor {
  if (level === 'token') return logRatio;
  const total = logRatio.sum(-1);
  if (level === 'sequence') return total;
  const length = mask === undefined ? tf.scalar(logRatio.shape[logRatio.rank - 1]) : tf.maximum(mask.toFloat().sum(-1), 1);
  return total.div(length);
}

function spread(advantage: tf.Tensor, ratio: tf.Tensor): tf.Tensor {
  if (advantage.rank === ratio.rank) return advantage.clone();
  if (advantage.rank === 1 && ratio.rank === 2) return advantage.expandDims(1).mul(tf.onesLike(ratio));
  throw new Error(`ppoClipLoss: advantage [${advantage.shape.join(', ')}] does not fit ratios [${ratio.shape.join(', ')}]`);
}

function clip(ratio: tf.Tensor, low: number | tf.Tensor | undefined, high: number | tf.Tensor | undefined): tf.Tensor {
  const raised = low === undefined ? ratio : tf.maximum(ratio, tf.sub(1, low));
  return high === undefined ? raised : tf.minimum(raised, tf.add(1, high));
}
