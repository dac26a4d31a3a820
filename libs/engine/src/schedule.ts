import type { tf } from './tf.js';

/**
 * A number that depends on the step. `at` evaluates it on the host; `tensor` evaluates the same formula on a scalar
 * tensor, so that a schedule can live inside a compiled training step.
 */
export interface Schedule {
  at(step: number): number;
  tensor(step: tf.Scalar): tf.Scalar;
}
