import type { Rng } from '@rivulet/engine';
import { bootstrapIntervals, type BootstrapOptions, type Estimate } from './bootstrap.js';
import type { Scores } from './scores.js';

/**
 * A percentile interval of any statistic of the scores: runs are resampled with replacement within each task, `reps` times, and the interval
 * lies between the (1 − level)/2 and (1 + level)/2 quantiles of the statistic (linear between neighbours).
 *
 * @param scores [runs][tasks]
 * @param statistic for instance {@link interquartileMean}; it must not keep the matrix, which is overwritten
 * @returns the statistic of the scores themselves, and the interval
 * @throws for a malformed matrix or options out of range.
 * Source: Agarwal et al. (2021), §4.1 (their rliable draws 50,000 resamples unless told otherwise, this 2000).
 */
export function stratifiedBootstrap(scores: Scores, statistic: (scores: Scores) => number, options: BootstrapOptions, rng: Rng): Estimate {
  return bootstrapIntervals('stratifiedBootstrap', [scores], (resampled) => [statistic(resampled)], options, rng)[0];
}
