import { type NdArray, type tf, toTensor } from '@rivulet/engine';

/** Observations [B, T, ...] as a float32 tensor [B·T, D]. */
export function flatRows(array: NdArray): tf.Tensor {
  const [batch, steps, ...rest] = array.shape;
  const size = rest.reduce((product, length) => product * length, 1);
  return toTensor({ ...array, shape: [batch * steps, size] }).toFloat();
}
