import { offTape, tf } from '@rivulet/engine';
import { reduceMembers } from './reduceMembers.js';
import type { MemberReduction } from './reduceMembers.js';
import { tdTarget } from './tdTarget.js';

/** Transitions `[B]` with a next action sampled from the policy. */
export interface SoftTdTransitions {
  /** r, `[B]` */
  readonly reward: tf.Tensor;
  /** Q(s', a') with a' ~ π(·|s'), `[B]`, or of an ensemble, `[M, B]` */
  readonly nextQ: tf.Tensor;
  /** log π(a'|s'), `[B]` */
  readonly nextLogProb: tf.Tensor;
  /** `[B]`, 1 where the task ended. A truncated transition is not terminated. */
  readonly terminated: tf.Tensor;
}

/** The switches of {@link softTdTarget}. */
export interface SoftTdTargetOptions {
  /** γ in [0, 1], or one for each transition `[B]`. */
  readonly discount: number | tf.Tensor;
  /** α ≥ 0, the price of one nat of log-probability. */
  readonly temperature: number | tf.Tensor;
  /** How an ensemble becomes one value, 'min' unless given. */
  readonly reduce?: MemberReduction;
}

/**
 * Entropy-regularised targets `[B]`, without gradient: y = r + γ·(1 − terminated)·(minₘ Qₘ(s', a') − α·log π(a'|s')).
 *
 * Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications", eqs. 3 and 5.
 */
export function softTdTarget({ reward, nextQ, nextLogProb, terminated }: SoftTdTransitions, { discount, temperature, reduce = 'min' }: SoftTdTargetOptions): tf.Tensor {
  return tf.tidy(() => {
    const nextValue = offTape(() => reduceMembers(nextQ, reward, reduce).sub(nextLogProb.mul(temperature)));
    return tdTarget({ reward, nextValue, terminated }, { discount });
  });
}
