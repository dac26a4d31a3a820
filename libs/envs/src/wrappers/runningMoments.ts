import { ndarray, type Snapshot } from '@rivulet/engine';
import { readArray } from '../vector/readArray.js';

/** Mean and variance of all vectors seen so far, element by element. */
export interface RunningMoments {
  readonly size: number;
  /** [size] */
  readonly mean: Float64Array;
  /** [size], of the population. */
  readonly variance: Float64Array;
  /** Vectors seen, plus the weight 1e-4 of the start. */
  readonly count: number;
  /** Adds the rows of [n, size], or those with mask 1. */
  update(rows: ArrayLike<number>, mask?: Uint8Array): void;
  snapshot(): Snapshot;
  /** @throws when the size differs. */
  restore(snapshot: Snapshot): void;
}

class Moments implements RunningMoments {
  readonly size: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  #count = 1e-4;

  constructor(size: number) {
    this.size = size;
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size).fill(1);
  }

  get count(): number {
    return this.#count;
  }

  update(rows: ArrayLike<number>, mask?: Uint8Array): void {
    const { size } = this;
    const total = rows.length / size;
    let n = 0;
    for (let i = 0; i < total; i++) if (mask === undefined || mask[i] !== 0) n++;
    if (n === 0) return;
    for (let d = 0; d < size; d++) this.#merge(d, rows, total, n, mask);
    this.#count += n;
  }

  /** Chan, Golub and LeVeque's formula for the moments of a union. */
  #merge(d: number, rows: ArrayLike<number>, total: number, n: number, mask: Uint8Array | undefined): void {
    let sum = 0;
    for (let i = 0; i < total; i++) if (mask === undefined || mask[i] !== 0) sum += rows[i * this.size + d];
    const mean = sum / n;
    let squares = 0;
    for (let i = 0; i < total; i++) if (mask === undefined || mask[i] !== 0) squares += (rows[i * this.size + d] - mean) ** 2;
    const delta = mean - this.mean[d];
    const count = this.#count + n;
    this.mean[d] += (delta * n) / count;
    this.variance[d] = (this.variance[d] * this.#count + squares + (delta ** 2 * this.#count * n) / count) / count;
  }

  snapshot(): Snapshot {
    return {
      arrays: { mean: ndarray('float64', [this.size], this.mean.slice()), variance: ndarray('float64', [this.size], this.variance.slice()) },
      data: { count: this.#count },
    };
  }

  restore(snapshot: Snapshot): void {
    const mean = readArray(snapshot, 'mean', 'float64', this.size, 'runningMoments');
    const variance = readArray(snapshot, 'variance', 'float64', this.size, 'runningMoments');
    const { count } = snapshot.data;
    if (typeof count !== 'number') throw new Error("runningMoments: the snapshot has no number 'count'");
    this.mean.set(mean);
    this.variance.set(variance);
    this.#count = count;
  }
}

/**
 * Running mean and variance of vectors, merged batch by batch. Starts at mean 0 and variance 1 with weight 1e-4, as Gymnasium's `RunningMeanStd` does.
 * Source: Chan, Golub and LeVeque 1979.
 */
export function runningMoments(size: number): RunningMoments {
  return new Moments(size);
}
