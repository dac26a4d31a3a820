import { checkScores, type Scores, taskMeans } from './scores.js';

/**
 * The mean over tasks of the mean over runs: (1 / RM) Σ x.
 *
 * @param scores [runs][tasks]
 * @throws when the matrix is empty, ragged or holds a score that is not finite.
 * Source: Agarwal et al. (2021), Deep RL at the Edge of the Statistical Precipice, §3.
 */
export function mean(scores: Scores): number {
  checkScores('mean', scores);
  const means = taskMeans(scores);
  return means.reduce((sum, x) => sum + x, 0) / means.length;
}
