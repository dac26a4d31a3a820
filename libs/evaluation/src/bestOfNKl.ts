/**
 * The divergence of the best of n samples from what they were drawn from, KL(best of n ‖ π) = log n − (n − 1)/n in nats: exact where no two samples have the same score, and otherwise the most that it can be.
 *
 * Source: Stiennon et al. (2020), Learning to summarize from human feedback, appendix G.3; as a bound: Beirami et al. (2024), Theoretical guarantees on the best-of-n alignment policy.
 *
 * @throws when n is not a whole number of at least 1.
 */
export function bestOfNKl(n: number): number {
  if (!Number.isInteger(n) || n < 1) throw new Error(`bestOfNKl: n must be a whole number of at least 1, got ${n}`);
  return Math.log(n) - (n - 1) / n;
}
