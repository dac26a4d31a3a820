import { tf } from '@rivulet/engine';

/** How {@link sequenceLogProb} joins tokens. */
export interface SequenceLogProbOptions {
  /** 'sum': log π of the whole answer (DPO, KTO). 'mean': per token, log of the geometric mean (SimPO, ORPO, IPO as its authors ran it). There is no default: mixing them up is the commonest mistake with these losses. */
  readonly reduce: 'sum' | 'mean';
  /** `[B, T]`, 1 for the tokens of the answer; those of prompt and padding are left out. */
  readonly mask?: tf.Tensor;
}

/**
 * log π of answers from that of their tokens: Σ m·log π, or Σ m·log π / Σ m. A row without a token gives 0.
 *
 * @param logProb `[B, T]`
 * @returns `[B]`
 */
export function sequenceLogProb(logProb: tf.Tensor, { reduce, mask }: SequenceLogProbOptions): tf.Tensor {
  return tf.tidy(() => {
    const kept = mask === undefined ? logProb : tf.where(mask.toBool(), logProb, tf.zerosLike(logProb));
    if (reduce === 'sum') return kept.sum(-1);
    return mask === undefined ? kept.mean(-1) : kept.sum(-1).div(tf.maximum(mask.toFloat().sum(-1), 1));
  });
}
