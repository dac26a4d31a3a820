import { offTape, tf } from '@rivulet/engine';
import { continues } from './continues.js';
import { futureValue } from './futureValue.js';
import { requireSteps } from './requireSteps.js';
import { shiftLeft } from './shiftLeft.js';
import type { Steps } from './steps.js';

/** γ and n of {@link nStepReturn}. */
export interface NStepReturnOptions {
  /** γ in [0, 1], or one for each step `[B, T]`. */
  readonly discount: number | tf.Tensor;
  /** How many rewards to sum before the bootstrap, at least 1. */
  readonly n: number;
}

/**
 * n-step bootstrapped returns over rollouts `[B, T]`, without gradient:
 *
 * Gₜ = rₜ + γ·rₜ₊₁ + … + γⁿ⁻¹·rₜ₊ₙ₋₁ + γⁿ·nextValueₜ₊ₙ₋₁
 *
 * An episode that terminates inside the window is summed to its end without bootstrap; one that is truncated there (or
 * runs into the last column) bootstraps from the value at that point.
 *
 * Sutton & Barto 2018, eq. 7.1.
 *
 * @returns `[B, T]`
 * @throws when n is not a positive integer, and when the tensors differ in shape or are not `[B, T]`.
 */
export function nStepReturn(steps: Steps<tf.Tensor>, { discount, n }: NStepReturnOptions): tf.Tensor {
  const { reward, nextValue, terminated, truncated } = steps;
  requireSteps('nStepReturn', { reward, nextValue, terminated, truncated });
  if (!Number.isInteger(n) || n < 1) throw new Error(`nStepReturn: n must be a positive integer, got ${n}`);
  return tf.tidy(() =>
    offTape(() => {
      const goesOn = continues(steps);
      const oneStep = reward.add(futureValue(steps).mul(discount));
      const carried = goesOn.mul(discount);
      const ending = tf.sub(1, goesOn).mul(futureValue(steps)).mul(discount).add(reward);
      let result = oneStep;
      for (let k = 1; k < Math.min(n, reward.shape[1] as number); k++) result = ending.add(carried.mul(shiftLeft(result, 1)));
      return result;
    }),
  );
}
