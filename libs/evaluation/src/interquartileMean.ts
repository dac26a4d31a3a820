import { checkScores, type Scores } from './scores.js';

/**
 * The mean of the middle half of all scores, runs and tasks taken together: sorted, floor(n/4) of the n = runs · tasks are cut off at each end.
 * (The same as SciPy's `trim_mean` with proportion 0.25 over the flattened matrix.)
 *
 * @param scores [runs][tasks]
 * @throws when the matrix is empty, ragged or holds a score that is not finite.
 * Source: Agarwal et al. (2021), §4.3.
 */
export function interquartileMean(scores: Scores): number {
  checkScores('interquartileMean', scores);
  const all = Float64Array.from(scores.flat()).sort();
  const cut = Math.floor(all.length / 4);
  let sum = 0;
  for (let i = cut; i < all.length - cut; i++) sum += all[i];
  return sum / (all.length - 2 * cut);
}
