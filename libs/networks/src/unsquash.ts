import { tf } from '@rivulet/engine';

// float32 has spacing 6e-8 just below 1; atanh of this bound is 7.25.
const LARGEST = 1 - 1e-6;

/** atanh of the event, which is first moved into ±(1 - 1e-6): a float32 nearer to ±1 does not tell where it came from. */
export function unsquash(event: tf.Tensor): tf.Tensor {
  return tf.tidy(() => event.clipByValue(-LARGEST, LARGEST).atanh());
}
