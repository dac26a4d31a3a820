import { offTape, tf } from '@rivulet/engine';
import { continues } from './continues.js';
import { futureValue } from './futureValue.js';
import { requireSteps } from './requireSteps.js';
import { reverseScan } from './reverseScan.js';
import type { Steps } from './steps.js';

/** γ and λ of {@link lambdaReturns}. */
export interface LambdaReturnsOptions {
  /** γ in [0, 1], or one for each step `[B, T]`. */
  readonly discount: number | tf.Tensor;
  /** λ in [0, 1]. */
  readonly lambda: number;
}

/**
 * TD(λ) returns over rollouts `[B, T]`, without gradient:
 *
 * Gₜ = rₜ + γ·(1 − terminatedₜ)·[(1 − λ)·nextValueₜ + λ·Gₜ₊₁], with Gₜ₊₁ = nextValueₜ at a truncation and in the last column.
 *
 * Equal to `gae(...).returns` when values and next values agree.
 *
 * Sutton & Barto 2018, eq. 12.18.
 *
 * @returns `[B, T]`
 * @throws when the tensors differ in shape or are not `[B, T]`.
 */
export function lambdaReturns(steps: Steps<tf.Tensor>, { discount, lambda }: LambdaReturnsOptions): tf.Tensor {
  const { reward, nextValue, terminated, truncated } = steps;
  requireSteps('lambdaReturns', { reward, nextValue, terminated, truncated });
  return tf.tidy(() =>
    offTape(() => {
      const carried = continues(steps).mul(lambda);
      const bootstrapped = tf.sub(1, carried).mul(futureValue(steps));
      return reverseScan(reward.add(bootstrapped.mul(discount)), carried.mul(discount));
    }),
  );
}
