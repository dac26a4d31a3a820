/**
 * Steps of rollouts `[B, T]`, batch first, as the estimators read them. Both ends are required, because they differ:
 * a terminated step has no future (its next value counts as 0); a truncated one has, and keeps the bootstrap.
 * Neither passes anything of the following step backwards, since that one belongs to another episode.
 */
export interface Steps<T> {
  /** rₜ, what the step earned. */
  readonly reward: T;
  /** V of the observation that the step truly led to: at an episode's end the final observation, not the first one after the reset. */
  readonly nextValue: T;
  /** 1 where the task ended. */
  readonly terminated: T;
  /** 1 where only the recording ended. */
  readonly truncated: T;
}
