import { offTape, tf } from '@rivulet/engine';
import { tdTarget } from './tdTarget.js';

/** Transitions `[B]` with the next action values of two networks. */
export interface DoubleQTransitions {
  /** r, `[B]` */
  readonly reward: tf.Tensor;
  /** Q of the network that chooses the next action (the online one), `[B, A]` */
  readonly selectorQ: tf.Tensor;
  /** Q of the network that values it (the target one), `[B, A]` */
  readonly targetQ: tf.Tensor;
  /** `[B]`, 1 where the task ended. A truncated transition is not terminated. */
  readonly terminated: tf.Tensor;
}

/**
 * Double-DQN targets `[B]`, without gradient: y = r + γ·(1 − terminated)·targetQ(s', argmaxₐ selectorQ(s', a)).
 *
 * van Hasselt et al. 2016, "Deep Reinforcement Learning with Double Q-learning", eq. 4.
 *
 * @param options discount γ in [0, 1], or one for each transition `[B]`
 */
export function doubleQTarget(transitions: DoubleQTransitions, { discount }: { readonly discount: number | tf.Tensor }): tf.Tensor {
  const { reward, selectorQ, targetQ, terminated } = transitions;
  return tf.tidy(() => {
    const nextValue = offTape(() => {
      const chosen = tf.oneHot(selectorQ.argMax(-1), targetQ.shape[1] as number);
      return targetQ.mul(chosen.toFloat()).sum(-1);
    });
    return tdTarget({ reward, nextValue, terminated }, { discount });
  });
}
