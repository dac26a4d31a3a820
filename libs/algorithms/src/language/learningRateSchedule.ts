import { cosineSchedule, joinSchedules, linearSchedule, type Schedule } from '@rivulet/engine';

/** A learning rate with its warm-up and its fall, counted in gradient steps. */
export interface LearningRateOptions {
  readonly learningRate: number;
  /** W: steps before the rate is whole. Default: 0. */
  readonly warmupUpdates?: number;
  /** D: steps after those over which it falls to 0, where it stays; 0: it does not fall. Default: 0. */
  readonly annealUpdates?: number;
  /** Default: linear. */
  readonly anneal?: 'linear' | 'cosine';
}

/**
 * A step size η that rises linearly to its full size and falls to zero again: the k-th step, from 0, is made with
 *
 * η (k + 1) / (W + 1) while k < W;   η (1 - f) or η (1 + cos π f) / 2 with f = min((k - W) / D, 1) from there.
 *
 * Without warm-up and fall it is the plain number, which costs an optimizer no counter.
 *
 * @throws when a rate or a number of steps is negative or not finite.
 */
export function learningRateSchedule({ learningRate, warmupUpdates = 0, annealUpdates = 0, anneal = 'linear' }: LearningRateOptions): number | Schedule {
  for (const [name, value] of Object.entries({ learningRate, warmupUpdates, annealUpdates })) {
    if (!(value >= 0 && value < Infinity)) throw new Error(`learningRateSchedule: ${name} must be finite and at least 0, got ${value}`);
  }
  const rise = warmupUpdates > 0 ? linearSchedule({ from: learningRate / (warmupUpdates + 1), to: learningRate, steps: warmupUpdates }) : undefined;
  const shape = anneal === 'cosine' ? cosineSchedule : linearSchedule;
  const fall = annealUpdates > 0 ? shape({ from: learningRate, to: 0, steps: annealUpdates }) : undefined;
  if (rise === undefined) return fall ?? learningRate;
  return fall === undefined ? rise : joinSchedules([rise, fall], [warmupUpdates]);
}
