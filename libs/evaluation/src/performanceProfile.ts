import type { Rng } from '@rivulet/engine';
import { bootstrapIntervals, type BootstrapOptions } from './bootstrap.js';
import { type Scores, taskMeans } from './scores.js';

/** A performance profile on a grid. */
export interface PerformanceProfile {
  /** [K] */
  readonly taus: readonly number[];
  /** `[K]`: the fraction of scores above each tau. */
  readonly profile: number[];
  /** [K] */
  readonly low: number[];
  /** [K] */
  readonly high: number[];
}

function fractionAbove(scores: readonly number[], tau: number): number {
  let above = 0;
  for (const score of scores) if (score > tau) above++;
  return above / scores.length;
}

/**
 * The fraction of scores strictly above tau, for each tau of a grid, with pointwise bootstrap intervals.
 * 'runScores' (unbiased, the recommended one) counts runs and tasks alike: F(τ) = (1/RM) Σ_{r,m} 1[x_{r,m} > τ];
 * 'averageScores' counts the means over runs of each task: (1/M) Σ_m 1[x̄_m > τ].
 *
 * @param scores [runs][tasks]
 * @param taus [K], thresholds in units of the scores
 * @throws for a malformed matrix or options out of range.
 * Source: Agarwal et al. (2021), §4.2.
 */
export function performanceProfile(
  scores: Scores,
  taus: readonly number[],
  options: BootstrapOptions & { readonly kind?: 'runScores' | 'averageScores' },
  rng: Rng,
): PerformanceProfile {
  const counted = options.kind === 'averageScores' ? taskMeans : (resampled: Scores): number[] => resampled.flat();
  const profileOf = (resampled: Scores): number[] => {
    const values = counted(resampled);
    return taus.map((tau) => fractionAbove(values, tau));
  };
  const estimates = bootstrapIntervals('performanceProfile', [scores], profileOf, options, rng);
  return { taus, profile: estimates.map(({ value }) => value), low: estimates.map(({ low }) => low), high: estimates.map(({ high }) => high) };
}
