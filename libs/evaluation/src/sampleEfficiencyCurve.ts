import type { Rng } from '@rivulet/engine';
import type { BootstrapOptions } from './bootstrap.js';
import { iqmBootstrap } from './iqmBootstrap.js';

/**
 * The interquartile mean at each of K points of training, with pointwise intervals.
 *
 * @param scores [runs][tasks][K]: each run's score on each task at each point
 * @returns three arrays [K]
 * @throws when a run has another number of points than the first, for a malformed matrix or options out of range.
 * Source: Agarwal et al. (2021).
 */
export function sampleEfficiencyCurve(
  scores: readonly (readonly (readonly number[])[])[],
  options: BootstrapOptions,
  rng: Rng,
): { iqm: number[]; low: number[]; high: number[] } {
  const points = scores[0]?.[0]?.length ?? 0;
  scores.forEach((run, r) =>
    run.forEach((curve, task) => {
      if (curve.length !== points) throw new Error(`sampleEfficiencyCurve: run ${r} has ${curve.length} points on task ${task}, the first has ${points}`);
    }),
  );
  const estimates = Array.from({ length: points }, (_, k) => iqmBootstrap(scores.map((run) => run.map((curve) => curve[k])), options, rng));
  return { iqm: estimates.map(({ iqm }) => iqm), low: estimates.map(({ low }) => low), high: estimates.map(({ high }) => high) };
}
