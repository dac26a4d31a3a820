import { tf } from '@rivulet/engine';

/** How per-element losses `[B, T]` become one number. There is no default: the choice decides how much long sequences count. */
export type Aggregation =
  /** The mean over all tokens that count: Σ m·x / Σ m. */
  | { readonly mode: 'token' }
  /** The mean over sequences of each one's token mean (sequences without a token left out). */
  | { readonly mode: 'sequence' }
  /** The mean over prompts of the token mean over all their sequences; the `groupSize` rows of a prompt are consecutive. */
  | { readonly mode: 'prompt'; readonly groupSize: number }
  /** Σ m·x / (B·maxLength): every token weighs the same in every batch (Dr. GRPO). With maxLength 1 it is the mean over rows of the sums of their tokens, which is log π of whole answers. */
  | { readonly mode: 'constant'; readonly maxLength: number };

/**
 * Reduces per-element losses to the scalar to minimise.
 *
 * `[B]` becomes its mean over the elements that count, and takes no aggregation. `[B, T]` names one: Shao et al. 2024 (GRPO)
 * use 'sequence', Yu et al. 2025 (DAPO) 'token', Liu et al. 2025 (Dr. GRPO) 'constant', Khatri et al. 2025 (ScaleRL) 'prompt'.
 * Sequences without a token are no part of the mean over sequences, as in verl; in TRL they count, with 0.
 *
 * Where a batch comes in parts whose gradients are added, `total` is what the whole batch has of the units that the mode divides by: elements that count of
 * `[B]`, tokens that count for 'token', sequences with such a token for 'sequence', prompts with one for 'prompt', all rows for 'constant'. The sum over the
 * parts is then the loss of the batch.
 *
 * @param loss `[B]` or `[B, T]`
 * @param options the {@link Aggregation}, a mask shaped like the loss (1 where an element counts), and the `total` of a batch in parts
 * @throws when `[B, T]` comes without an aggregation, another rank comes, or groupSize does not divide B.
 */
export function aggregateLoss(loss: tf.Tensor, options: (Aggregation | { readonly mode?: undefined }) & { readonly mask?: tf.Tensor; readonly total?: number | tf.Scalar } = {}): tf.Scalar {
  return tf.tidy(() => {
    const counts = (options.mask ?? tf.onesLike(loss)).toFloat();
    // Not a product: what does not count may be infinite.
    const kept = options.mask === undefined ? loss : tf.where(options.mask.toBool(), loss, tf.zerosLike(loss));
    if (loss.rank === 1) return mean(kept, counts, options.total);
    if (loss.rank !== 2) throw new Error(`aggregateLoss: loss must be [B] or [B, T], got [${loss.shape.join(', ')}]`);
    if (options.mode === undefined) throw new Error("aggregateLoss: a loss [B, T] needs a mode: 'token', 'sequence', 'prompt' or 'constant'");
    return aggregated(kept, counts, options, options.total);
  });
}

type Total = number | tf.Scalar | undefined;

function aggregated(kept: tf.Tensor, counts: tf.Tensor, aggregation: Aggregation, total: Total): tf.Scalar {
  const [rows, length] = (kept as tf.Tensor2D).shape;
  switch (aggregation.mode) {
    case 'token':
      return mean(kept, counts, total);
    case 'sequence':
      return meanOfRows(kept, counts, total);
    case 'prompt': {
      const { groupSize } = aggregation;
      if (rows % groupSize !== 0) throw new Error(`aggregateLoss: groupSize must divide the ${rows} sequences, got ${groupSize}`);
      const shape: [number, number] = [rows / groupSize, groupSize * length];
      return meanOfRows(kept.reshape(shape), counts.reshape(shape), total);
    }
    case 'constant':
      return kept.sum().div(typeof total === 'object' ? total.mul(aggregation.maxLength) : (total ?? rows) * aggregation.maxLength);
  }
}

function mean(kept: tf.Tensor, counts: tf.Tensor, total: Total): tf.Scalar {
  return kept.sum().div(total ?? tf.maximum(counts.sum(), 1));
}

function meanOfRows(kept: tf.Tensor, counts: tf.Tensor, total: Total): tf.Scalar {
  const tokens = counts.sum(1);
  const means = kept.sum(1).div(tf.maximum(tokens, 1));
  return means.sum().div(total ?? tf.maximum(tokens.greater(0).toFloat().sum(), 1));
}
