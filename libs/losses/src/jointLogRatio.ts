import { offTape, tf } from '@rivulet/engine';

/** Over what the ratios of a policy loss are joined. */
export type RatioJoin =
  /** Each token alone, `[B, T]`. */
  | 'token'
  /** The product over a row, `[B]`. */
  | 'sequence'
  /** The geometric mean over a row, `[B]`. */
  | 'geometric'
  /** The geometric mean over a row in value, each token's own in gradient, `[B, T]`. */
  | 'geometricToken';

/** The joint log-ratio of log π against a constant log π_old; what does not count is left out. Gradient reaches `logProb` alone. */
export function jointLogRatio(logProb: tf.Tensor, oldLogProb: tf.Tensor, mask: tf.Tensor | undefined, level: RatioJoin): tf.Tensor {
  const counts = mask?.toBool();
  const only = (x: tf.Tensor): tf.Tensor => (counts === undefined ? x : tf.where(counts, x, tf.zerosLike(x)));
  const difference = logProb.sub(offTape(() => oldLogProb.clone()));
  const logRatio = only(difference);
  if (level === 'token') return logRatio;
  const total = logRatio.sum(-1);
  if (level === 'sequence') return total;
  const mean = total.div(mask === undefined ? tf.scalar(logRatio.shape[logRatio.rank - 1]) : tf.maximum(mask.toFloat().sum(-1), 1));
  if (level === 'geometric') return mean;
  // log π − its own value is 0 with gradient 1.
  return logRatio.sub(offTape(() => logRatio.sub(mean.expandDims(-1))));
}
