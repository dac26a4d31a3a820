import { tf } from '@rivulet/engine';
import type { Steps } from './steps.js';

/** (1 − terminated)·nextValue, also where the ignored value is not a number. Use it off the tape: its condition may stem from parameters. */
export function futureValue({ terminated, nextValue }: Pick<Steps<tf.Tensor>, 'terminated' | 'nextValue'>): tf.Tensor {
  return tf.where(terminated.toBool(), tf.zerosLike(nextValue), nextValue);
}
