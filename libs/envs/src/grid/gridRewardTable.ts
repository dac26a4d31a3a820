import { ndarray } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';
import type { GridReward } from './gridReward.js';
import type { GridWorld } from './gridWorld.js';

/**
 * The mean of a reward under the law of a grid world, [S, A]: for costs and rewards beside the one that the world pays. Zero in cells that end the episode.
 */
export function gridRewardTable({ mdp, states }: Pick<GridWorld, 'mdp' | 'states'>, reward: GridReward): NdArray<'float64'> {
  const { numStates: S, numActions: A, offsets, probabilities, nextStates, terminated } = mdp;
  const table = ndarray('float64', [S, A]);
  for (let row = 0; row < S * A; row++) {
    const state = Math.floor(row / A);
    for (let k = offsets[row]; k < offsets[row + 1]; k++) {
      const next = nextStates[k];
      // Cells that end the episode lead to themselves and end it again.
      if (terminated[k] === 1 && next === state) continue;
      const step = { cell: states.cells[state], nextCell: states.cells[next], keys: states.keys[state], nextKeys: states.keys[next] };
      table.data[row] += probabilities[k] * reward({ layout: states.layouts[states.levels[state]], action: row % A, terminated: terminated[k] === 1, ...step });
    }
  }
  return table;
}
