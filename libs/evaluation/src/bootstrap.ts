import type { Rng } from '@rivulet/engine';
import { checkScores, type Scores } from './scores.js';

/** How an interval is bootstrapped. */
export interface BootstrapOptions {
  /** Resamples; default 2000. */
  readonly reps?: number;
  /** Coverage in (0, 1); default 0.95. */
  readonly level?: number;
}

/** A number with its interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The q-quantile of sorted numbers, linear between the neighbours: at position q (n − 1). */
function quantile(sorted: Float64Array, q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/** Overwrites `out` by runs drawn with replacement, afresh for every task. */
function resample(scores: Scores, rng: Rng, out: number[][]): void {
  for (const row of out) for (let task = 0; task < row.length; task++) row[task] = scores[rng.nextInt(scores.length)][task];
}

/**
 * Percentile intervals of a statistic with several values. Every matrix is resampled on its own, and each task of it on its own.
 * @throws for options out of range and malformed scores.
 */
export function bootstrapIntervals(
  where: string,
  matrices: readonly Scores[],
  statistic: (...resampled: Scores[]) => ArrayLike<number>,
  { reps = 2000, level = 0.95 }: BootstrapOptions,
  rng: Rng,
): Estimate[] {
  if (!Number.isInteger(reps) || reps < 1) throw new Error(`${where}: reps must be a positive integer, got ${reps}`);
  if (!(level > 0 && level < 1)) throw new Error(`${where}: level must lie in (0, 1), got ${level}`);
  for (const scores of matrices) checkScores(where, scores);
  const values = Array.from(statistic(...matrices));
  const replicates = values.map(() => new Float64Array(reps));
  const resampled = matrices.map((scores) => scores.map((run) => [...run]));
  for (let rep = 0; rep < reps; rep++) {
    matrices.forEach((scores, m) => resample(scores, rng, resampled[m]));
    const drawn = statistic(...resampled);
    for (let i = 0; i < replicates.length; i++) replicates[i][rep] = drawn[i];
  }
  return values.map((value, i) => {
    const sorted = replicates[i].sort();
    return { value, low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
  });
}
