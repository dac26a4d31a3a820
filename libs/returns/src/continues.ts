import { tf } from '@rivulet/engine';
import type { Steps } from './steps.js';

/** Float `[B, T]`, 1 where the following column is the future of the step: neither terminated nor truncated, and not the last column. */
export function continues(steps: Pick<Steps<tf.Tensor>, 'terminated' | 'truncated'>): tf.Tensor {
  const [, length] = (steps.terminated as tf.Tensor2D).shape;
  const notLast = tf.tensor2d(Float32Array.from({ length }, (_, t) => (t < length - 1 ? 1 : 0)), [1, length]);
  return tf.sub(1, steps.terminated.toFloat()).mul(tf.sub(1, steps.truncated.toFloat())).mul(notLast);
}
