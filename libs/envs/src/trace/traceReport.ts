/** One thing in which an environment and a trace differ, where a number cannot say how much. */
export interface TraceDifference {
  /** For instance 'episode 0, step 12', or 'state 3, action 1, outcome 0'. */
  readonly where: string;
  /** For instance 'terminated' or 'nextState'. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

/** How far an environment is from a recorded trace. */
export interface TraceReport {
  readonly env: string;
  readonly kind: 'episodes' | 'table';
  /** Steps replayed, or table entries compared. */
  readonly compared: number;
  /** Largest absolute deviation of an internal state; every episode is replayed from its initial state without correction. */
  readonly state: number;
  /** Largest absolute deviation of an internal state after one step from the recorded state before it. */
  readonly oneStepState: number;
  /** Largest absolute deviation of an observation. */
  readonly observation: number;
  /** Largest absolute deviation of a reward. */
  readonly reward: number;
  /** Largest absolute deviation of a probability (tables only). */
  readonly probability: number;
  /** Flags, next states and sizes that differ. */
  readonly differences: readonly TraceDifference[];
}
