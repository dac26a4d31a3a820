import type { Rng, tf, Tree } from '@rivulet/engine';

/**
 * One step of a recurrent network, with its input's share computed apart, so that a whole sequence needs one product for it.
 * The state is one tensor [B, stateSize].
 */
export interface RecurrentCell<P extends Tree = Tree> {
  readonly stateSize: number;
  init(rng: Rng): P;
  /** The input's share of the gates: [..., in] to [..., G]. */
  project(parameters: P, input: tf.Tensor): tf.Tensor;
  /** Gates [B, G] and state [B, stateSize] to the next state [B, stateSize]. */
  step(parameters: P, gates: tf.Tensor, state: tf.Tensor): tf.Tensor;
  /** What the state shows: [B, stateSize] to [B, hidden]. */
  output(state: tf.Tensor): tf.Tensor;
}
