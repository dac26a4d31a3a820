import { type HostBatch, ndarray, type NdArray, type Rng } from '@rivulet/engine';
import { checkCount } from './column.js';

const WHERE = 'mixtureSampler';

/** Anything that rows can be drawn from, for instance a replay buffer. */
export interface RowSource {
  sample(rng: Rng, n: number): { readonly batch: HostBatch; readonly indices: Int32Array; readonly weights?: Float32Array };
}

/** Rows drawn from several sources, those of the first source first. Overwritten by the next `sample`. */
export interface MixtureSample {
  /** `[n, ...]`: the fields of the first source. */
  readonly batch: HostBatch;
  /** `[n]`: which source each row is from. */
  readonly source: Int32Array;
  /** `[n]`: the row's index in its source. */
  readonly indices: Int32Array;
  /** `[n]`: importance weights of the sources that have any, 1 for the rows of the others. */
  readonly weights: Float32Array;
}

/** n split in proportion to the weights: rounded down, and what is left goes to the largest remainders (the earlier source on a tie). */
function shares(n: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (n * weight) / total);
  const counts = exact.map(Math.floor);
  const byRemainder = exact.map((_, i) => i).sort((i, j) => exact[j] - counts[j] - (exact[i] - counts[i]) || i - j);
  const left = n - counts.reduce((sum, count) => sum + count, 0);
  for (let k = 0; k < left; k++) counts[byRemainder[k]]++;
  return counts;
}

/**
 * Draws batches of several sources in fixed shares; with weights [1, 1] every batch is half online, half offline.
 * Source: Ball et al. (2023), RLPD, "symmetric sampling".
 *
 * @param weights one not negative number a source, not all zero; a source that gets no row is not asked
 * @throws when weights are missing or negative; on `sample`, when a source lacks a field of the first or has it in another type or shape.
 */
export function mixtureSampler(sources: readonly RowSource[], weights: readonly number[]): { sample(rng: Rng, n: number): MixtureSample } {
  if (sources.length === 0 || weights.length !== sources.length) throw new Error(`${WHERE}: ${sources.length} sources need as many weights (at least one), got ${weights.length}`);
  if (weights.some((weight) => !(weight >= 0 && weight < Infinity)) || weights.every((weight) => weight === 0)) {
    throw new Error(`${WHERE}: weights must be finite, not negative and not all zero, got ${weights.join(', ')}`);
  }
  let mixed: (MixtureSample & { readonly counts: readonly number[] }) | undefined;

  const prepare = (n: number, first: HostBatch): NonNullable<typeof mixed> => {
    const fields = Object.entries(first).map(([name, { dtype, shape }]): [string, NdArray] => [name, ndarray(dtype, [n, ...shape.slice(1)])]);
    return { batch: Object.fromEntries(fields), source: new Int32Array(n), indices: new Int32Array(n), weights: new Float32Array(n), counts: shares(n, weights) };
  };

  const copyFields = (batch: HostBatch, from: HostBatch, at: number, count: number, source: number): void => {
    for (const name in batch) {
      const [to, part] = [batch[name], from[name]];
      if (part === undefined) throw new Error(`${WHERE}: source ${source} has no field '${name}'`);
      const rowSize = to.data.length / to.shape[0];
      if (part.dtype !== to.dtype || part.data.length !== count * rowSize) {
        throw new Error(`${WHERE}: '${name}' of source ${source} must be ${to.dtype} [${[count, ...to.shape.slice(1)].join(', ')}], got ${part.dtype} [${part.shape.join(', ')}]`);
      }
      to.data.set(part.data, at * rowSize);
    }
  };

  return {
    sample(rng, n) {
      checkCount(`${WHERE}.sample`, 'n', n);
      const counts = mixed?.indices.length === n ? mixed.counts : shares(n, weights);
      let at = 0;
      for (let s = 0; s < sources.length; s++) {
        const count = counts[s];
        if (count === 0) continue;
        const drawn = sources[s].sample(rng, count);
        if (mixed?.indices.length !== n) mixed = prepare(n, drawn.batch);
        copyFields(mixed.batch, drawn.batch, at, count, s);
        mixed.source.fill(s, at, at + count);
        mixed.indices.set(drawn.indices, at);
        if (drawn.weights === undefined) mixed.weights.fill(1, at, at + count);
        else mixed.weights.set(drawn.weights, at);
        at += count;
      }
      return mixed as MixtureSample;
    },
  };
}
