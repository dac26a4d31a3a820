import { ndarray, type Schedule } from '@rivulet/engine';
import { snapshotArray, snapshotCount } from './column.js';
import { PriorityTree } from './priorityTree.js';
import type { SamplerFactory } from './sampler.js';

const WHERE = 'prioritizedSampler';

/**
 * Proportional prioritised replay on a sum tree: P(i) = pᵢ^α / Σⱼ pⱼ^α with pᵢ = priorityᵢ + eps.
 * Draws are stratified: the k-th of n falls in the k-th of n equal parts of the total mass. Importance weights correct the bias,
 * wᵢ = (N P(i))^−β / max_j w_j = (pᵢ^α / min_j pⱼ^α)^−β, the maximum being taken over all stored rows.
 * A new row gets the largest p so far (1 in the beginning), so that it is seen soon.
 *
 * Source: Schaul et al. (2016), Prioritized Experience Replay, §3.3, §3.4 and appendix B.2. `update` takes |TD error|.
 *
 * @param options.alpha α ≥ 0, 0 is uniform; default 0.6 (the paper's, proportional variant)
 * @param options.beta β ≥ 0, a number or a schedule over the draws made so far; default 0.4 (the paper anneals it to 1)
 * @param options.eps > 0; default 1e-6
 * @throws (on update) when a priority is negative or not finite, or an index holds no row.
 */
export function prioritizedSampler(options: { readonly alpha?: number; readonly beta?: number | Pick<Schedule, 'at'>; readonly eps?: number } = {}): SamplerFactory {
  const { alpha = 0.6, beta = 0.4, eps = 1e-6 } = options;
  if (!(alpha >= 0 && alpha < Infinity)) throw new Error(`${WHERE}: alpha must be at least 0, got ${alpha}`);
  if (!(eps > 0 && eps < Infinity)) throw new Error(`${WHERE}: eps must be positive, got ${eps}`);

  return (capacity) => {
    let tree = new PriorityTree(capacity);
    let size = 0;
    let largest = 1;
    let draws = 0;
    return {
      weighted: true,
      added(slot) {
        if (slot >= size) size = slot + 1;
        tree.set(slot, largest ** alpha);
      },
      draw(rng, _size, indices, weights) {
        const exponent = -(typeof beta === 'number' ? beta : beta.at(draws));
        if (!(exponent <= 0)) throw new Error(`${WHERE}: beta must be at least 0, got ${-exponent} at draw ${draws}`);
        const part = tree.total / indices.length;
        for (let k = 0; k < indices.length; k++) {
          const index = tree.find((k + rng.nextUniform()) * part);
          indices[k] = index;
          weights[k] = (tree.get(index) / tree.min) ** exponent;
        }
        draws++;
      },
      update(indices, priorities) {
        if (indices.length !== priorities.length) throw new Error(`${WHERE}: ${indices.length} indices need as many priorities, got ${priorities.length}`);
        for (let k = 0; k < indices.length; k++) {
          if (!(priorities[k] >= 0 && priorities[k] < Infinity)) throw new Error(`${WHERE}: priorities must be finite and not negative, got ${priorities[k]} at ${k}`);
          if (!(indices[k] >= 0 && indices[k] < size)) throw new Error(`${WHERE}: index ${indices[k]} lies outside the ${size} stored rows`);
        }
        for (let k = 0; k < indices.length; k++) {
          const p = priorities[k] + eps;
          if (p > largest) largest = p;
          tree.set(indices[k], p ** alpha);
        }
      },
      snapshot: () => ({
        arrays: { priorities: ndarray('float64', [size], Float64Array.from({ length: size }, (_, i) => tree.get(i))) },
        data: { largest, draws },
      }),
      restore(snapshot, rows) {
        const priorities = snapshotArray(WHERE, snapshot, 'priorities', 'float64', rows);
        const restored = snapshot.data.largest;
        if (typeof restored !== 'number') throw new Error(`${WHERE}: the snapshot has no number 'largest'`);
        draws = snapshotCount(WHERE, snapshot, 'draws');
        largest = restored;
        size = rows;
        tree = new PriorityTree(capacity);
        for (let i = 0; i < rows; i++) tree.set(i, priorities[i]);
      },
    };
  };
}
