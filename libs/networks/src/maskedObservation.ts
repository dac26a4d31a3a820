import type { tf } from '@rivulet/engine';

/** An observation [B, ...] with the actions allowed in it, mask [B, A]: 1 (or true) where allowed. */
export interface MaskedObservation {
  readonly observation: tf.Tensor;
  readonly mask: tf.Tensor;
}
