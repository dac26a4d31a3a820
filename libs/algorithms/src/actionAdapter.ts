import type { tf } from '@rivulet/engine';
import type { Box, VectorEnv } from '@rivulet/envs';

/** What an algorithm does with continuous actions: to the environment that it trains in, and in the policy that is taken out of it. Both do the same. */
export interface ActionAdapter {
  /** The environment with the actions that the algorithm gives. */
  wrap(env: VectorEnv): VectorEnv;
  /** The space of those actions. */
  space(bounds: Box): Box;
  /** Actions [N, m] of the algorithm in the environment's own units. */
  apply(action: tf.Tensor, bounds: Box): tf.Tensor;
}
