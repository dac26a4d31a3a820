import { ndarray } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';
import { readTable } from '../tabular/numberTable.js';
import type { NumberTable } from '../tabular/numberTable.js';

/**
 * A logging policy π(a | x) = exp(β s(x, a)) / Σ exp(β s(x, ·)) from scores s [N, A]: β = 0 is uniform, β → ∞ takes the best score, β < 0 prefers bad ones.
 * @returns [N, A]
 * @throws when the scores do not have the shape [N, A].
 */
export function softmaxLogging(scores: NumberTable, inverseTemperature: number): NdArray<'float64'> {
  const { shape, data } = readTable('softmaxLogging: scores', scores);
  if (shape.length !== 2) throw new Error(`softmaxLogging: scores must have the shape [N, A], got [${shape.join(', ')}]`);
  const [N, A] = shape;
  const probabilities = ndarray('float64', [N, A]);
  for (let x = 0; x < N; x++) {
    const row = data.subarray(x * A, (x + 1) * A).map((score) => inverseTemperature * score);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const weights = row.map((score) => Math.exp(score - largest));
    const total = weights.reduce((a, b) => a + b, 0);
    weights.forEach((weight, a) => (probabilities.data[x * A + a] = weight / total));
  }
  return probabilities;
}
