import type { Rng } from '@rivulet/engine';
import type { BootstrapOptions } from './bootstrap.js';
import { interquartileMean } from './interquartileMean.js';
import type { Scores } from './scores.js';
import { stratifiedBootstrap } from './stratifiedBootstrap.js';

/**
 * The interquartile mean with its stratified bootstrap percentile interval: the number to report for a handful of seeds.
 *
 * @param scores [runs][tasks]
 * @param options `reps` default 2000, `level` default 0.95
 * @throws for a malformed matrix or options out of range.
 * Source: Agarwal et al. (2021), §4.
 */
export function iqmBootstrap(scores: Scores, options: BootstrapOptions, rng: Rng): { iqm: number; low: number; high: number } {
  const { value, low, high } = stratifiedBootstrap(scores, interquartileMean, options, rng);
  return { iqm: value, low, high };
}
