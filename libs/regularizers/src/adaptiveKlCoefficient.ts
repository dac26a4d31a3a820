import { offTape, tf } from '@rivulet/engine';

/** The rule of {@link adaptiveKlCoefficient}. */
export type AdaptiveKlRule =
  /** β doubles when the divergence exceeds 1.5 targets and halves below target/1.5 (Schulman et al. 2017, section 4). */
  | { readonly rule: 'double'; readonly target: number }
  /** β·(1 + gain·clip(kl/target − 1, ±0.2)) (Ziegler et al. 2019, section 2.2). */
  | { readonly rule: 'proportional'; readonly target: number; readonly gain: number };

/**
 * The next weight β of a KL penalty, from the divergence that the last one led to. Without gradient. A rule by gradient on β is
 * `lagrangeMultiplier` with the violation kl − target.
 *
 * @param beta scalar, positive
 * @param kl the measured divergence: a scalar, or per element, of which the mean counts
 * @returns scalar
 */
export function adaptiveKlCoefficient(beta: tf.Tensor, kl: tf.Tensor, options: AdaptiveKlRule): tf.Scalar {
  return tf.tidy(
    () =>
      offTape(() => {
        const measured = kl.mean();
        if (options.rule === 'proportional') return beta.mul(measured.div(options.target).sub(1).clipByValue(-0.2, 0.2).mul(options.gain).add(1));
        const above = measured.greater(options.target * 1.5).toFloat();
        const below = measured.less(options.target / 1.5).toFloat();
        return beta.mul(above.sub(below.div(2)).add(1));
      }) as tf.Scalar,
  );
}
