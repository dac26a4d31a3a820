/**
 * How likely at least one of k samples solves a problem, estimated without bias from n ≥ k samples of each, c of them correct, and averaged over problems:
 *
 * pass@k = mean over problems of 1 − C(n − c, k)/C(n, k)
 *
 * Computed as a product of ratios, so that nothing overflows. For k = 1 it is the mean accuracy. Taking 1 − (1 − c/n)^k instead would be biased.
 *
 * @param correct [problems][samples], 1 (or true) where a sample is right; problems may differ in their number of samples.
 * @param ks each a whole number from 1 to the smallest number of samples.
 * @returns pass@k for each k, in their order.
 * @throws when there is no problem, an entry is neither 0 nor 1, or a k is out of range.
 * Source: Chen et al. (2021), Evaluating Large Language Models Trained on Code, eq. 1 and figure 3.
 */
export function passAtK(correct: readonly (readonly (number | boolean)[])[], ks: readonly number[]): number[] {
  if (correct.length === 0) throw new Error('passAtK: there must be at least one problem');
  const counts = correct.map((samples, problem) => {
    const bad = samples.findIndex((entry) => Number(entry) !== 0 && Number(entry) !== 1);
    if (bad >= 0) throw new Error(`passAtK: sample ${bad} of problem ${problem} must be 0 or 1, got ${samples[bad]}`);
    return { n: samples.length, c: samples.reduce<number>((sum, entry) => sum + Number(entry), 0) };
  });
  const most = Math.min(...counts.map(({ n }) => n));
  return ks.map((k) => {
    if (!Number.isInteger(k) || k < 1 || k > most) throw new Error(`passAtK: k must be a whole number from 1 to ${most}, the smallest number of samples of a problem, got ${k}`);
    return counts.reduce((sum, { n, c }) => sum + passing(n, c, k), 0) / counts.length;
  });
}

/** 1 − Π over the wrong-only draws: C(n − c, k)/C(n, k) = Π from n − c + 1 to n of (1 − k/i). */
function passing(n: number, c: number, k: number): number {
  let none = 1;
  for (let i = n - c + 1; i <= n; i++) none *= Math.max(1 - k / i, 0);
  return 1 - none;
}
