import { tf } from '@rivulet/engine';

/** How per-element losses `[B, T]` become one number. There is no default: the choice decides how much long sequences count. */
export type Aggregation =
  /** The mean over all tokens that count: Σ m·x / Σ m. */
  | { readonly mode: 'token' }
  /** The mean over sequences of each one's token mean (sequences without a token left out). */
  | { readonly mode: 'sequence' }
  /** The mean over prompts of the token mean over all their sequences; the `groupSize` rows of a prompt are consecutive. */
  | { readonly mode: 'prompt'; readonly groupSize: number }
  /** Σ m·x / (B·maxLength): every token weighs the same in every batch (Dr. GRPO). */
  | { readonly mode: 'constant'; readonly maxLength: number };

/**
 * Reduces per-element losses to the scalar to minimise.
 *
 * `[B]` becomes its mean over the elements that count, and takes no aggregation. `[B, T]` names one: Shao et al. 2024 (GRPO)
 * use 'sequence', Yu et al. 2025 (DAPO) 'token', Liu et al. 2025 (Dr. GRPO) 'constant'.
 *
 * @param loss `[B]` or `[B, T]`
 * @param options the {@link Aggregation}, and a mask shaped like the loss: 1 where an element counts
 * @throws when `[B, T]` comes without an aggregation, another rank comes, or groupSize does not divide B.
 */
export function aggregateLoss(loss: tf.Tensor, options: (Aggregation | { readonly mode?: undefined }) & { readonly mask?: tf.Tensor } = {}): tf.Scalar {
  return tf.tidy(() => {
    const counts = (options.mask ?? tf.onesLike(loss)).toFloat();
    // Not a product: what does not count may be infinite.
    const kept = options.mask === undefined ? loss : tf.where(options.mask.toBool(), loss, tf.zerosLike(loss));
    if (loss.rank === 1) return mean(kept, counts);
    if (loss.rank !== 2) throw new Error(`aggregateLoss: loss must be [B] or [B, T], got [${loss.shape.join(', ')}]`);
    if (options.mode === undefined) throw new Error("aggregateLoss: a loss [B, T] needs a mode: 'token', 'sequence', 'prompt' or 'constant'");
    return aggregated(kept, counts, options);
  });
}

function aggregated(kept: tf.Tensor, counts: tf.Tensor, aggregation: Aggregation): tf.Scalar {
  const [rows, length] = (kept as tf.Tensor2D).shape;
  switch (aggregation.mode) {
    case 'token':
      return mean(kept, counts);
    case 'sequence':
      return meanOfRows(kept, counts);
    case 'prompt': {
      const { groupSize } = aggregation;
      if (rows % groupSize !== 0) throw new Error(`aggregateLoss: groupSize must divide the ${rows} sequences, got ${groupSize}`);
      const shape: [number, number] = [rows / groupSize, groupSize * length];
      return meanOfRows(kept.reshape(shape), counts.reshape(shape));
    }
    case 'constant':
      return kept.sum().div(rows * aggregation.maxLength);
  }
}

function mean(kept: tf.Tensor, counts: tf.Tensor): tf.Scalar {
  return kept.sum().div(tf.maximum(counts.sum(), 1));
}

function meanOfRows(kept: tf.Tensor, counts: tf.Tensor): tf.Scalar {
  const tokens = counts.sum(1);
  const filled = tokens.greater(0).toFloat();
  return kept.sum(1).div(tf.maximum(tokens, 1)).sum().div(tf.maximum(filled.sum(), 1));
}
