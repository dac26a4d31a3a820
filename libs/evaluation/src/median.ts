import { checkScores, type Scores, taskMeans } from './scores.js';

/**
 * The median over tasks of the mean over runs (of two middle tasks, their average).
 *
 * @param scores [runs][tasks]
 * @throws when the matrix is empty, ragged or holds a score that is not finite.
 * Source: Agarwal et al. (2021), §3. It ignores almost half of the tasks: prefer {@link interquartileMean}.
 */
export function median(scores: Scores): number {
  checkScores('median', scores);
  const means = Float64Array.from(taskMeans(scores)).sort();
  const half = means.length >> 1;
  return means.length % 2 === 1 ? means[half] : (means[half - 1] + means[half]) / 2;
}
