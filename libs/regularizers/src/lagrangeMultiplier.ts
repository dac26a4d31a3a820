import { offTape, tf } from '@rivulet/engine';

/** The step of {@link lagrangeMultiplier}. */
export interface LagrangeOptions {
  /** η > 0 */
  readonly learningRate: number;
  /** 'linear': λ + η·violation, not below 0. 'log': λ·exp(η·violation), which keeps a positive λ positive. */
  readonly space: 'linear' | 'log';
  /** The largest multiplier; none unless given. */
  readonly max?: number;
}

/**
 * The next dual variables of constraints `violation ≤ 0`, by one step of ascent: they grow while the constraint is violated and
 * shrink while it is slack. Without gradient.
 *
 * @param multiplier λ ≥ 0, a scalar or one for each constraint
 * @param violation shaped alike; positive where violated
 * @returns shaped like `multiplier`
 */
export function lagrangeMultiplier(multiplier: tf.Tensor, violation: tf.Tensor, { learningRate, space, max }: LagrangeOptions): tf.Tensor {
  return tf.tidy(() =>
    offTape(() => {
      const step = violation.mul(learningRate);
      const next = space === 'linear' ? tf.maximum(multiplier.add(step), 0) : multiplier.mul(step.exp());
      return max === undefined ? next : tf.minimum(next, max);
    }),
  );
}
