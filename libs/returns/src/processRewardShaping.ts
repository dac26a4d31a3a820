import { offTape, tf } from '@rivulet/engine';
import { shiftLeft } from './shiftLeft.js';

/** The switches of {@link processRewardShaping}; with both, clipping comes first. */
export interface ProcessRewardShapingOptions {
  /** η: a step earns min(r − η, 0), so that good steps earn nothing and more of them do not pay. */
  readonly clip?: number;
  /** A step earns its score less that of the next; the last but one its own; the last nothing. Sums from a step to the end are then scores, however many steps follow. */
  readonly delta?: boolean;
}

/**
 * Bounds what a sequence of steps can earn from a process reward model, so that padding it with easy steps does not pay. Without gradient.
 *
 * clip: r ← min(r − η, 0);  delta: rₖ ← rₖ − rₖ₊₁ for k < K − 1, r₍K−1₎ for k = K − 1, 0 for k = K, which the outcome rewards.
 *
 * Gao et al. 2024, "On Designing Effective RL Reward at Training Time for LLM Reasoning".
 *
 * @param score `[B, S]`, of each step
 * @param mask `[B, S]`, 1 for the steps that there are, from the left; the others get 0
 * @returns `[B, S]`
 */
export function processRewardShaping(score: tf.Tensor, mask: tf.Tensor, { clip, delta = false }: ProcessRewardShapingOptions): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      const counts = mask.toFloat();
      const clipped = clip === undefined ? score : tf.minimum(score.sub(clip), 0);
      const kept = tf.where(mask.toBool(), clipped, tf.zerosLike(clipped));
      if (!delta) return kept;
      const [hasNext, hasTwo] = [shiftLeft(counts, 1), shiftLeft(counts, 2)];
      return kept.sub(shiftLeft(kept, 1).mul(hasTwo)).mul(hasNext);
    }),
  );
}
