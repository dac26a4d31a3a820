import { tf } from '@rivulet/engine';

/**
 * Computes a tensor off the gradient tape: no gradient reaches anything that `f` read, and operations without a
 * gradient (argMax, comparisons) may be used inside.
 */
export function detached(f: () => tf.Tensor): tf.Tensor {
  // A custom gradient without inputs: its inside is not taped, and nothing leads back from its output.
  return tf.customGrad(() => ({ value: f(), gradFunc: () => [] }))();
}
