import * as tf from '@tensorflow/tfjs';

/** The gradients of a kernel by the names of its inputs; each is computed only if it is needed. */
export type InputGradients = { [input: string]: () => tf.Tensor };

/** What a gradient needs from the forward pass: named inputs first, then the outputs marked true, in this order. */
export interface Saved {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly boolean[];
  /** For kernels that take a list of tensors. */
  readonly allInputs?: boolean;
}

/** The attributes of a kernel: every repair knows those of its own. */
export type Attributes = { readonly [name: string]: unknown };

function replace(kernelName: string, saved: Saved, gradFunc: tf.GradFunc): void {
  if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName);
  tf.registerGradient({ kernelName, inputsToSave: [...(saved.inputs ?? [])], outputsToSave: [...(saved.outputs ?? [])], saveAllInputs: saved.allInputs ?? false, gradFunc });
}

/** Replaces the gradient of a kernel with one output. */
export function repair(kernelName: string, saved: Saved, gradient: (dy: tf.Tensor, saved: tf.Tensor[], attributes: Attributes) => InputGradients): void {
  replace(kernelName, saved, (dy, tensors, attributes) => gradient(dy as tf.Tensor, tensors, attributes as unknown as Attributes));
}

/** Replaces the gradient of a kernel with several outputs. */
export function repairMany(kernelName: string, saved: Saved, gradient: (dys: tf.Tensor[], saved: tf.Tensor[], attributes: Attributes) => InputGradients): void {
  // One output comes by itself.
  replace(kernelName, saved, (dys, tensors, attributes) => gradient(Array.isArray(dys) ? dys : [dys], tensors, attributes as unknown as Attributes));
}

/** Sums a gradient over the axes along which its input was broadcast. */
export function reduceTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return (axes.length > 0 ? gradient.sum(axes) : gradient).reshape(shape);
}

/** The axes of a reduction as non-negative numbers in rising order. */
export function axesOf(axis: unknown, shape: number[]): number[] {
  return tf.util.parseAxisParam(axis as number | number[], shape).sort((a, b) => a - b);
}

/** The shape after a reduction that keeps the reduced axes as ones. */
export function keptShape(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

/** A float32 gradient of zeros, whatever the type of the input. */
export function noGradient(input: tf.Tensor): () => tf.Tensor {
  return () => tf.zeros(input.shape);
}
