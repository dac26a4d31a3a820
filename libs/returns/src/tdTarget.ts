import { offTape, tf } from '@rivulet/engine';
import { futureValue } from './futureValue.js';
import { reduceMembers } from './reduceMembers.js';
import type { MemberReduction } from './reduceMembers.js';

/** Transitions `[B]` with the value of what they led to. */
export interface TdTransitions {
  /** r, `[B]` */
  readonly reward: tf.Tensor;
  /** The next value `[B]`, already maximised or averaged over actions; or those of an ensemble, `[M, B]`. */
  readonly nextValue: tf.Tensor;
  /** `[B]`, 1 where the task ended. A truncated transition is not terminated: it keeps its bootstrap. */
  readonly terminated: tf.Tensor;
}

/** The switches of {@link tdTarget}. */
export interface TdTargetOptions {
  /** γ in [0, 1], or one for each transition `[B]` (γⁿ after n steps). */
  readonly discount: number | tf.Tensor;
  /** How an ensemble becomes one value, 'min' unless given (clipped double Q). */
  readonly reduce?: MemberReduction;
}

/**
 * One-step bootstrap targets `[B]`, without gradient: y = r + γ·(1 − terminated)·nextValue.
 *
 * An ensemble `[M, B]` is reduced first: 'min' is the clipped double Q-target of Fujimoto et al. 2018, eq. 10.
 *
 * @throws when the next values fit neither `[B]` nor `[M, B]`.
 */
export function tdTarget({ reward, nextValue, terminated }: TdTransitions, { discount, reduce = 'min' }: TdTargetOptions): tf.Tensor {
  if (nextValue.rank !== reward.rank && nextValue.rank !== reward.rank + 1) {
    throw new Error(`tdTarget: nextValue must be shaped like reward, [${reward.shape.join(', ')}], or lead with an axis of members, got [${nextValue.shape.join(', ')}]`);
  }
  return tf.tidy(() =>
    offTape(() => {
      const reduced = reduceMembers(nextValue, reward, reduce);
      return reward.add(futureValue({ terminated, nextValue: reduced }).mul(discount));
    }),
  );
}
