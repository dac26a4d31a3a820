import type { Rng } from '@rivulet/engine';
import type { TabularMdp } from './assembleMdp.js';

/**
 * Draws the index k of an outcome of (state, action) by inverting the cumulative sum of the probabilities. Draws no random number when there is only one.
 * Does not check its arguments: it is the inner loop.
 */
export function sampleOutcome(mdp: TabularMdp, state: number, action: number, rng: Rng): number {
  const row = state * mdp.numActions + action;
  const end = mdp.offsets[row + 1];
  let k = mdp.offsets[row];
  if (end - k === 1) return k;
  const u = rng.nextUniform();
  let last = k;
  for (let cumulative = 0; k < end; k++) {
    if (mdp.probabilities[k] === 0) continue;
    cumulative += mdp.probabilities[k];
    if (u < cumulative) return k;
    last = k;
  }
  // The sum may fall short of one by rounding.
  return last;
}
