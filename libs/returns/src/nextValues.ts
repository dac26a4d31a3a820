import { ndarray, offTape, tf } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';
import { requireSteps } from './requireSteps.js';

/** What {@link nextValues} joins. */
export interface NextValueParts<T> {
  /** V of the observations that the policy acted on, and of the one after the last step: `[B, T + 1]`. */
  readonly values: T;
  /** V of the true final observations, `[B, T]`; read only where an episode was truncated. */
  readonly finalValue: T;
  /** `[B, T]`, 1 where the recording of an episode ended. */
  readonly truncated: T;
}

/**
 * The `nextValue` that the estimators want, `[B, T]`: the value of the following column, but of the true final
 * observation where an episode was truncated (the following column then already belongs to the next episode).
 * At a terminated step the result does not matter. Host arrays give host arrays; tensors give tensors, without gradient.
 *
 * @throws when the shapes do not fit.
 */
export function nextValues(parts: NextValueParts<NdArray>, out?: NdArray<'float32'>): NdArray<'float32'>;
export function nextValues(parts: NextValueParts<tf.Tensor>): tf.Tensor;
export function nextValues(parts: NextValueParts<NdArray> | NextValueParts<tf.Tensor>, out?: NdArray<'float32'>): NdArray<'float32'> | tf.Tensor {
  const { values, finalValue, truncated } = parts;
  requireSteps('nextValues', { finalValue, truncated });
  const [rows, steps] = finalValue.shape;
  if (values.shape.length !== 2 || values.shape[0] !== rows || values.shape[1] !== steps + 1) {
    throw new Error(`nextValues: values must be [${rows}, ${steps + 1}], one column more than finalValue, got [${values.shape.join(', ')}]`);
  }
  return onHost(parts) ? hostNextValues(parts, out) : tf.tidy(() => offTape(() => tensorNextValues(parts)));
}

function onHost(parts: NextValueParts<NdArray> | NextValueParts<tf.Tensor>): parts is NextValueParts<NdArray> {
  return !(parts.values instanceof tf.Tensor);
}

function tensorNextValues({ values, finalValue, truncated }: NextValueParts<tf.Tensor>): tf.Tensor {
  const [rows, steps] = (finalValue as tf.Tensor2D).shape;
  return tf.where(truncated.toBool(), finalValue, values.slice([0, 1], [rows, steps]));
}

function hostNextValues({ values, finalValue, truncated }: NextValueParts<NdArray>, out?: NdArray<'float32'>): NdArray<'float32'> {
  const result = out ?? ndarray('float32', finalValue.shape);
  requireSteps('nextValues', { finalValue, out: result });
  const [rows, steps] = finalValue.shape;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let t = 0; t < steps; t++, i++) result.data[i] = truncated.data[i] ? finalValue.data[i] : values.data[row * (steps + 1) + t + 1];
  }
  return result;
}
