/**
 * How likely each of finitely many outcomes is the best of n independent draws by its score, of equals any: with F(s) the probability of a score of at most s, and F⁻(s) of one below,
 *
 * P(y) = p(y)/p(score = s(y)) · (F(s(y))ⁿ − F⁻(s(y))ⁿ)
 *
 * The exact law of what `bestOfNEstimate` estimates, for policies that can be enumerated.
 *
 * Source: Beirami et al. (2024), Theoretical guarantees on the best-of-n alignment policy (there without equals).
 *
 * @param probabilities p, of all outcomes; they sum to 1.
 * @param scores s, one for each.
 * @param n a whole number of at least 1.
 * @returns P, one for each.
 * @throws when lengths differ, a probability is negative, they do not sum to 1 within 1e-6, a score is NaN, or n is out of range.
 */
export function bestOfNDistribution(probabilities: ArrayLike<number>, scores: ArrayLike<number>, n: number): Float64Array {
  if (probabilities.length !== scores.length) throw new Error(`bestOfNDistribution: there are ${probabilities.length} probabilities and ${scores.length} scores`);
  if (!Number.isInteger(n) || n < 1) throw new Error(`bestOfNDistribution: n must be a whole number of at least 1, got ${n}`);
  const [p, s] = [Array.from(probabilities), Array.from(scores)];
  p.forEach((each, i) => {
    if (!(each >= 0)) throw new Error(`bestOfNDistribution: probability ${i} must not be negative, got ${each}`);
    if (Number.isNaN(s[i])) throw new Error(`bestOfNDistribution: score ${i} is not a number`);
  });
  const total = p.reduce((sum, each) => sum + each, 0);
  if (!(Math.abs(total - 1) <= 1e-6)) throw new Error(`bestOfNDistribution: the probabilities must sum to 1, they sum to ${total}`);

  const order = s.map((_, i) => i).sort((a, b) => s[a] - s[b]);
  const out = new Float64Array(p.length);
  let below = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    let mass = 0;
    for (; to < order.length && s[order[to]] === s[order[from]]; to++) mass += p[order[to]];
    const upTo = to === order.length ? total : below + mass;
    const share = mass === 0 ? 0 : ((upTo / total) ** n - (below / total) ** n) / mass;
    for (; from < to; from++) out[order[from]] = p[order[from]] * share;
    below = upTo;
  }
  return out;
}
