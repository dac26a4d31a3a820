import type { TokenSequences } from './tokenMdp.js';

/** What {@link nextTokenPolicy} takes. */
export interface NextTokenPolicyOptions {
  readonly sequences: TokenSequences;
  /** `[N]`: log-probabilities of the sequences. */
  readonly logProbs: ArrayLike<number>;
  readonly vocab: number;
}

/**
 * A distribution over whole sequences as a policy over tokens: π(a | prefix) = Σ of the sequences that begin with prefix and a, over Σ of those that begin with prefix. That of
 * `klOptimum` is what a policy trained by tokens must reach.
 *
 * @returns a function of a prefix that gives `[vocab]` probabilities
 * @throws (the function) when no sequence of positive probability goes on from the prefix.
 */
export function nextTokenPolicy({ sequences: { ids, lengths }, logProbs, vocab }: NextTokenPolicyOptions): (prefix: readonly number[]) => Float64Array {
  const [count, length] = ids.shape;
  if (logProbs.length !== count) throw new Error(`nextTokenPolicy: ${count} sequences and ${logProbs.length} log-probabilities`);
  const mass = new Map<string, Float64Array>();
  for (let i = 0; i < count; i++) {
    const probability = Math.exp(logProbs[i]);
    const row = ids.data.subarray(i * length, i * length + lengths[i]);
    row.forEach((token, t) => {
      const key = row.subarray(0, t).join();
      const sums = mass.get(key) ?? new Float64Array(vocab);
      sums[token] += probability;
      mass.set(key, sums);
    });
  }
  return (prefix) => {
    const sums = mass.get(prefix.join());
    const total = sums?.reduce((a, b) => a + b, 0) ?? 0;
    if (sums === undefined || !(total > 0)) throw new Error(`nextTokenPolicy: no sequence goes on from [${prefix.join(', ')}]`);
    return sums.map((each) => each / total);
  };
}
