import { offTape, tf } from '@rivulet/engine';

/** Transitions `[B]` with the next value's law over fixed atoms. */
export interface DistributionalTransitions {
  /** r, `[B]` */
  readonly reward: tf.Tensor;
  /** Probabilities of the atoms at the next state and its chosen action, `[B, N]` */
  readonly nextProbability: tf.Tensor;
  /** `[B]`, 1 where the task ended. A truncated transition is not terminated. */
  readonly terminated: tf.Tensor;
}

/** The atoms z₁ … z_N, evenly spaced, and γ. */
export interface DistributionalTargetOptions {
  /** γ in [0, 1], or one for each transition `[B]`. */
  readonly discount: number | tf.Tensor;
  /** The lowest atom. */
  readonly low: number;
  /** The highest atom. */
  readonly high: number;
}

/**
 * The categorical projection of r + γ·(1 − terminated)·Z' onto the atoms, `[B, N]`, without gradient. With Δ the spacing
 * and T zⱼ = clip(r + γ·(1 − terminated)·zⱼ, low, high):
 *
 * pᵢ = Σⱼ clip(1 − |T zⱼ − zᵢ|/Δ, 0, 1)·p'ⱼ
 *
 * Bellemare et al. 2017, "A Distributional Perspective on Reinforcement Learning", eq. 7.
 *
 * @throws when there are fewer than two atoms or the range is empty.
 */
export function distributionalTarget(transitions: DistributionalTransitions, { discount, low, high }: DistributionalTargetOptions): tf.Tensor {
  const { reward, nextProbability, terminated } = transitions;
  const [rows, atoms] = (nextProbability as tf.Tensor2D).shape;
  if (atoms < 2 || !(low < high)) throw new Error(`distributionalTarget: needs at least 2 atoms between low < high, got ${atoms} in [${low}, ${high}]`);
  return tf.tidy(() =>
    offTape(() => {
      const support = tf.linspace(low, high, atoms);
      const future = tf.sub(1, terminated.toFloat()).mul(discount).reshape([rows, 1]);
      const moved = reward.reshape([rows, 1]).add(future.mul(support)).clipByValue(low, high);
      const distance = moved.reshape([rows, 1, atoms]).sub(support.reshape([1, atoms, 1])).abs().div((high - low) / (atoms - 1));
      return tf.sub(1, distance).clipByValue(0, 1).mul(nextProbability.reshape([rows, 1, atoms])).sum(-1);
    }),
  );
}
