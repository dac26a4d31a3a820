import { tf } from './tf.js';

/** The number of tensors that are alive. Equal before and after a piece of code that leaks none. */
export function tensorCount(): number {
  return tf.memory().numTensors;
}
