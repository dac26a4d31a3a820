import { checkScores, type Scores } from './scores.js';

/**
 * How far the scores fall short of a target: γ − mean(min(x, γ)). Lower is better; scores above γ earn nothing.
 *
 * @param scores [runs][tasks]
 * @param target γ, in units of the scores; default 1 (human level on Atari)
 * @throws when the matrix is empty, ragged or holds a score that is not finite.
 * Source: Agarwal et al. (2021), §4.3.
 */
export function optimalityGap(scores: Scores, target = 1): number {
  checkScores('optimalityGap', scores);
  const sum = scores.flat().reduce((total, x) => total + Math.min(x, target), 0);
  return target - sum / (scores.length * scores[0].length);
}
