import { offTape, tf } from '@rivulet/engine';
import { distanceOf } from './distance.js';
import type { Distance } from './distance.js';

/** The switches of {@link tdLoss}. */
export interface TdLossOptions {
  readonly distance: Exclude<Distance, 'mae'>;
  /** δ of 'huber', 1 unless given. */
  readonly delta?: number;
  /** A weight for each target, for instance of prioritised replay; without gradient. */
  readonly weight?: tf.Tensor;
  /**
   * PPO's value clipping: the prediction may leave `around` (what was predicted when acting) by at most `range`; the
   * larger of the two distances counts. Not clipped unless given.
   */
  readonly clip?: { readonly around: tf.Tensor; readonly range: number };
}

/**
 * Regression of a critic on fixed targets, per target: L = w·d(prediction, target). Gradient reaches the prediction alone.
 *
 * The predictions of an ensemble lead with an axis of members; their losses are summed. With `clip`,
 * d = max(d(v, y), d(around + clip(v − around, ±range), y)).
 *
 * Mnih et al. 2015 (huber); Schulman et al. 2016 and its public PPO implementations (clip); Ayoub et al. 2024 (logLoss).
 *
 * @param prediction `[B]` or `[B, T]`; of an ensemble `[M, B]` or `[M, B, T]`
 * @param target `[B]` or `[B, T]`
 * @returns shaped like `target`
 * @throws when the shapes do not fit.
 */
export function tdLoss(prediction: tf.Tensor, target: tf.Tensor, { distance, delta = 1, weight, clip }: TdLossOptions): tf.Tensor {
  const own = prediction.shape.slice(prediction.rank - target.rank);
  if (prediction.rank - target.rank > 1 || own.length !== target.rank || own.some((size, axis) => size !== target.shape[axis])) {
    throw new Error(`tdLoss: prediction must be shaped like target, [${target.shape.join(', ')}], or lead with an axis of members, got [${prediction.shape.join(', ')}]`);
  }
  return tf.tidy(() => {
    let loss = distanceOf(prediction, target, distance, delta);
    if (clip !== undefined) {
      const around = offTape(() => clip.around.clone());
      const near = around.add(prediction.sub(around).clipByValue(-clip.range, clip.range));
      const clipped = distanceOf(near, target, distance, delta);
      loss = tf.where(offTape(() => loss.greaterEqual(clipped)), loss, clipped);
    }
    if (prediction.rank > target.rank) loss = loss.sum(0);
    return weight === undefined ? loss : loss.mul(offTape(() => weight.clone()));
  });
}
