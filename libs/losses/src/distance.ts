import { offTape, tf } from '@rivulet/engine';

/** How far a prediction is from its target. */
export type Distance =
  /** e² (not halved) */
  | 'mse'
  /** |e| */
  | 'mae'
  /** e²/2 up to |e| = δ, then δ·(|e| − δ/2) */
  | 'huber'
  /** −y·log p − (1 − y)·log(1 − p), for predictions and targets in [0, 1] */
  | 'logLoss';

/** The {@link Distance} of every element; gradient reaches the prediction alone. */
export function distanceOf(prediction: tf.Tensor, target: tf.Tensor, distance: Distance, delta: number): tf.Tensor {
  const fixed = offTape(() => target.clone());
  if (distance === 'logLoss') return logLoss(prediction, fixed);
  const error = prediction.sub(fixed);
  if (distance === 'mse') return error.square();
  if (distance === 'mae') return error.abs();
  const magnitude = error.abs();
  const small = offTape(() => magnitude.lessEqual(delta));
  return tf.where(small, error.square().div(2), magnitude.sub(delta / 2).mul(delta));
}

function logLoss(probability: tf.Tensor, target: tf.Tensor): tf.Tensor {
  const inside = probability.clipByValue(1e-6, 1 - 1e-6);
  return target.mul(inside.log()).add(tf.sub(1, target).mul(tf.sub(1, inside).log())).neg();
}
