import type { Rng } from '@rivulet/engine';
import { bootstrapIntervals, type BootstrapOptions, type Estimate } from './bootstrap.js';
import { checkScores, type Scores } from './scores.js';

/** P(X > Y) + P(X = Y) / 2 of one task: the Mann-Whitney U statistic over the number of pairs. */
function ofTask(x: Scores, y: Scores, task: number): number {
  let wins = 0;
  for (const a of x) for (const b of y) wins += a[task] > b[task] ? 1 : a[task] === b[task] ? 0.5 : 0;
  return wins / (x.length * y.length);
}

function overTasks(x: Scores, y: Scores): number {
  return x[0].reduce((sum, _, task) => sum + ofTask(x, y, task), 0) / x[0].length;
}

/**
 * How likely a run of X beats a run of Y on a task drawn at random, with a bootstrap interval:
 * (1/M) Σ_m (1/RS) Σ_{r,s} S(x_{r,m}, y_{s,m}), where S is 1 for >, 1/2 for = and 0 for <. X and Y are resampled independently.
 * X is better with statistical significance when the whole interval lies above 1/2.
 *
 * @param x [runsX][tasks]
 * @param y [runsY][tasks]
 * @throws when the matrices have different numbers of tasks or are malformed, or options are out of range.
 * Source: Agarwal et al. (2021), §4.3; Mann & Whitney (1947).
 */
export function probabilityOfImprovement(x: Scores, y: Scores, options: BootstrapOptions, rng: Rng): Estimate {
  const where = 'probabilityOfImprovement';
  checkScores(where, x);
  checkScores(where, y);
  if (x[0].length !== y[0].length) throw new Error(`${where}: x has ${x[0].length} tasks and y ${y[0].length}; both need the same ones`);
  return bootstrapIntervals(where, [x, y], (a, b) => [overTasks(a, b)], options, rng)[0];
}
