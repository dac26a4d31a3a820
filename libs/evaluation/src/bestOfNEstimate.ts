/**
 * What the best of n samples is worth, the best by a score: for each question estimated without bias from N ≥ n samples, and averaged over questions. With the samples in the order of their scores,
 * the i-th from below is the best of a random n of them with probability C(i − 1, n − 1)/C(N, n):
 *
 * V(n) = mean over questions of Σᵢ C(i − 1, n − 1)/C(N, n) · vᵢ
 *
 * Of samples with the same score any may be taken: they share their probability. With values of 0 and 1 it is the accuracy of the chosen answer; with the scores themselves as values the score of the best; with
 * scores that are the values, 0 or 1, it is `passAtK`.
 *
 * Source: Nakano et al. (2021), WebGPT, appendix I; Gao, Schulman and Hilton (2023), Scaling Laws for Reward Model Overoptimization.
 *
 * @param scores [questions][samples]: what chooses. Questions may differ in their number of samples.
 * @param values [questions][samples]: what the chosen sample is worth.
 * @param ns each a whole number from 1 to the smallest number of samples.
 * @returns V(n) for each n, in their order.
 * @throws when there is no question, values do not fit the scores, a score is NaN, or an n is out of range.
 */
export function bestOfNEstimate(scores: readonly (readonly number[])[], values: readonly (readonly number[])[], ns: readonly number[]): number[] {
  if (scores.length === 0) throw new Error('bestOfNEstimate: there must be at least one question');
  if (scores.length !== values.length) throw new Error(`bestOfNEstimate: there are scores for ${scores.length} questions, and values for ${values.length}`);
  const ranked = scores.map((row, question) => {
    if (row.length !== values[question].length) throw new Error(`bestOfNEstimate: question ${question} has ${row.length} scores and ${values[question].length} values`);
    const bad = row.findIndex(Number.isNaN);
    if (bad >= 0) throw new Error(`bestOfNEstimate: score ${bad} of question ${question} is not a number`);
    return levels(row, values[question]);
  });
  const most = Math.min(...scores.map((row) => row.length));
  return ns.map((n) => {
    if (!Number.isInteger(n) || n < 1 || n > most) throw new Error(`bestOfNEstimate: n must be a whole number from 1 to ${most}, the smallest number of samples of a question, got ${n}`);
    return ranked.reduce((sum, question, q) => sum + best(question, scores[q].length, n), 0) / ranked.length;
  });
}

/** Samples of one score. */
interface Level {
  readonly upTo: number;
  readonly value: number;
}

/** From the lowest score to the highest: how many samples have at most this score, and the mean value of those that have it. */
function levels(scores: readonly number[], values: readonly number[]): Level[] {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b]);
  const out: Level[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from;
    let sum = 0;
    for (; to < order.length && scores[order[to]] === scores[order[from]]; to++) sum += values[order[to]];
    out.push({ upTo: to, value: sum / (to - from) });
    from = to;
  }
  return out;
}

function best(question: readonly Level[], samples: number, n: number): number {
  let below = 0;
  return question.reduce((sum, { upTo, value }) => {
    const within = allAmong(upTo, samples, n);
    const chosen = within - below;
    below = within;
    return sum + chosen * value;
  }, 0);
}

/** How likely n of N samples, drawn without putting back, are all among m of them: C(m, n)/C(N, n), as a product of ratios so that nothing overflows. */
function allAmong(m: number, samples: number, n: number): number {
  let product = 1;
  for (let i = 0; i < n; i++) product *= Math.max(m - i, 0) / (samples - i);
  return product;
}
