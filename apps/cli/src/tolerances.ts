import type { Trace } from '@rivulet/envs';

/** The largest allowed deviation of each quantity of a trace. */
export interface Tolerances {
  readonly state: number;
  readonly observation: number;
  readonly reward: number;
  readonly probability: number;
}

const FLOAT32 = 1e-5;
const FLOAT64 = 1e-9;

/**
 * What a trace can be held to: 1e-9 for what was recorded in float64, 1e-5 for what was kept in float32, which observations
 * always are and states where every recorded number is one. A tolerance of the user takes the place of both.
 */
export function tolerances(trace: Trace, given: number | undefined): Tolerances {
  if (given !== undefined) return { state: given, observation: given, reward: given, probability: given };
  const states = trace.kind === 'table' ? [] : trace.episodes.flatMap((episode) => episode.steps.flatMap((step) => step.state ?? []));
  const single = states.length > 0 && states.every((x) => Math.fround(x) === x);
  return { state: single ? FLOAT32 : FLOAT64, observation: FLOAT32, reward: FLOAT64, probability: FLOAT64 };
}
