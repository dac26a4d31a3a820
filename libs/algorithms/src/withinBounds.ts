import { tf } from '@rivulet/engine';
import type { Box } from '@rivulet/envs';

/** min(max(a, low), high) for actions [N, m]; where there is no bound, nothing. */
export function withinBounds(action: tf.Tensor, { low, high }: Box): tf.Tensor {
  const lower = low.some(Number.isFinite) ? action.maximum(tf.tensor1d(Float32Array.from(low))) : action;
  return high.some(Number.isFinite) ? lower.minimum(tf.tensor1d(Float32Array.from(high))) : lower;
}
