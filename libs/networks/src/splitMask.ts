import { tf } from '@rivulet/engine';
import type { MaskedObservation } from './maskedObservation.js';

/** The observation and, where there is one, the mask of a policy's input. */
export function splitMask(input: tf.Tensor | MaskedObservation): { readonly observation: tf.Tensor; readonly mask?: tf.Tensor } {
  return input instanceof tf.Tensor ? { observation: input } : input;
}
