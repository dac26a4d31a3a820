import type { tf } from '@rivulet/engine';

/** What a critic of continuous actions reads: observation [B, D], action [B, m]. */
export type ObservationAction = { readonly observation: tf.Tensor; readonly action: tf.Tensor };
