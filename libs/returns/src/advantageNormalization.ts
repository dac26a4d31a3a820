import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link advantageNormalization}. */
export interface AdvantageNormalizationOptions {
  /** Shaped like the advantages, 1 where they count; the others become 0. */
  readonly mask?: tf.Tensor;
  /** Added to the standard deviation, 1e-8 unless given. */
  readonly epsilon?: number;
}

/**
 * Advantages of any shape with mean 0 and deviation 1 over all elements that count, without gradient:
 *
 * (A − mean A)/(σ + ε), where σ has Bessel's correction (n − 1)
 */
export function advantageNormalization(advantage: tf.Tensor, { mask, epsilon = 1e-8 }: AdvantageNormalizationOptions = {}): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      const counts = mask?.toFloat() ?? tf.onesLike(advantage);
      const n = counts.sum();
      const kept = tf.where(counts.toBool(), advantage, tf.zerosLike(advantage));
      const centered = kept.sub(kept.sum().div(tf.maximum(n, 1))).mul(counts);
      const variance = centered.square().sum().div(tf.maximum(n.sub(1), 1));
      return centered.div(variance.sqrt().add(epsilon));
    }),
  );
}
