import { offTape, tf } from '@rivulet/engine';
import { distanceOf } from './distance.js';
import type { Distance } from './distance.js';

/** The switches of {@link regressionLoss}. */
export interface RegressionOptions {
  readonly distance: Exclude<Distance, 'logLoss'>;
  /** δ of 'huber', 1 unless given. */
  readonly delta?: number;
  /** A weight for each row or element; without gradient. */
  readonly weight?: tf.Tensor;
}

/**
 * Regression on fixed targets, per row: L = w·Σ over features of d(prediction, target). Gradient reaches the prediction alone.
 *
 * @param prediction `[B]` or `[B, D]`
 * @param target shaped alike
 * @returns `[B]`
 * @throws when the shapes differ.
 */
export function regressionLoss(prediction: tf.Tensor, target: tf.Tensor, { distance, delta = 1, weight }: RegressionOptions): tf.Tensor {
  if (prediction.shape.join() !== target.shape.join()) {
    throw new Error(`regressionLoss: prediction and target must have one shape, got [${prediction.shape.join(', ')}] and [${target.shape.join(', ')}]`);
  }
  return tf.tidy(() => {
    const elements = distanceOf(prediction, target, distance, delta);
    const rows = elements.rank === 1 ? elements : elements.sum(-1);
    return weight === undefined ? rows : rows.mul(offTape(() => weight.clone()));
  });
}
