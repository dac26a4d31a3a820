import { tf } from '@rivulet/engine';
import { lambdaReturns } from './lambdaReturns.js';
import type { Steps } from './steps.js';

/** {@link Steps} whose cut episodes are worth a value, or, said explicitly, nothing. */
export type MonteCarloSteps = Omit<Steps<tf.Tensor>, 'nextValue'> & {
  /** Counts at truncations and in the last column only. 0: what was not recorded is worth nothing (REINFORCE without a critic). */
  readonly nextValue: tf.Tensor | 0;
};

/**
 * Discounted return-to-go over rollouts `[B, T]`, episode by episode, without gradient:
 *
 * Gₜ = rₜ + γ·(1 − terminatedₜ)·Gₜ₊₁, with Gₜ₊₁ = nextValueₜ at a truncation and in the last column.
 *
 * @param options discount γ in [0, 1], or one for each step `[B, T]`
 * @returns `[B, T]`
 * @throws when the tensors differ in shape or are not `[B, T]`.
 */
export function monteCarloReturns(steps: MonteCarloSteps, { discount }: { readonly discount: number | tf.Tensor }): tf.Tensor {
  return tf.tidy(() => {
    const nextValue = steps.nextValue === 0 ? tf.zerosLike(steps.reward) : steps.nextValue;
    return lambdaReturns({ ...steps, nextValue }, { discount, lambda: 1 });
  });
}
