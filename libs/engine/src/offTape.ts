import * as tf from '@tensorflow/tfjs';

/**
 * Computes without recording: the result is a constant to derivatives of every order, nothing is spent on its backward pass, and
 * operations without a gradient (argMax, comparisons) may be used inside. Where only one tensor is to be held constant, see `stopGradient`.
 */
export function offTape<T extends tf.Tensor>(f: () => T): T {
  // The tape keeps a custom gradient as one node; with no inputs, the node leads nowhere.
  return tf.customGrad(() => ({ value: f(), gradFunc: () => [] }))() as T;
}
