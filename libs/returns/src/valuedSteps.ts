import type { Steps } from './steps.js';

/** {@link Steps} with the value of the observation that each step started from. */
export interface ValuedSteps<T> extends Steps<T> {
  /** V(sₜ) */
  readonly value: T;
}
