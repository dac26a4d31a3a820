import { offTape, tf } from '@rivulet/engine';
import { continues } from './continues.js';
import { futureValue } from './futureValue.js';
import { requireSteps } from './requireSteps.js';
import { reverseScan } from './reverseScan.js';
import { shiftLeft } from './shiftLeft.js';
import type { Steps } from './steps.js';

/** {@link Steps} with action values: `nextValue` is E over π of Q at the next observation. */
export interface RetraceSteps extends Steps<tf.Tensor> {
  /** Q(sₜ, aₜ) of the action that was taken, `[B, T]` */
  readonly q: tf.Tensor;
  /** π(aₜ|sₜ)/μ(aₜ|sₜ), `[B, T]`; the first column is not used */
  readonly ratio: tf.Tensor;
}

/** γ and λ of {@link retrace}. */
export interface RetraceOptions {
  /** γ in [0, 1], or one for each step `[B, T]`. */
  readonly discount: number | tf.Tensor;
  /** λ in [0, 1], 1 unless given. */
  readonly lambda?: number;
}

/**
 * Retrace(λ) targets for Q(sₜ, aₜ) over rollouts `[B, T]`, without gradient. With cₜ = λ·min(1, ratioₜ):
 *
 * Gₜ = rₜ + γ·(1 − terminatedₜ)·nextValueₜ + γ·cₜ₊₁·(Gₜ₊₁ − qₜ₊₁), the last term 0 at an end (terminated, truncated, last column)
 *
 * Munos et al. 2016, "Safe and Efficient Off-Policy Reinforcement Learning", eq. 3 with the traces of section 3.
 *
 * @returns `[B, T]`
 * @throws when the tensors differ in shape or are not `[B, T]`.
 */
export function retrace(steps: RetraceSteps, { discount, lambda = 1 }: RetraceOptions): tf.Tensor {
  const { reward, q, nextValue, terminated, truncated, ratio } = steps;
  requireSteps('retrace', { reward, q, nextValue, terminated, truncated, ratio });
  return tf.tidy(() =>
    offTape(() => {
      const error = reward.add(futureValue(steps).mul(discount)).sub(q);
      const trace = shiftLeft(tf.minimum(ratio, 1).mul(lambda), 1);
      return q.add(reverseScan(error, continues(steps).mul(discount).mul(trace)));
    }),
  );
}
