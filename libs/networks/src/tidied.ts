import { tf } from '@rivulet/engine';

/** `tf.tidy` for results that carry methods beside tensors: every tensor among their fields survives, all others are freed. */
export function tidied<T>(f: () => T): T {
  return tf.tidy(f as unknown as () => tf.TensorContainer) as unknown as T;
}
