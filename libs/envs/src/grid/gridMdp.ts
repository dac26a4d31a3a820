import { outcomeMdp } from '../tabular/outcomeMdp.js';
import type { Outcome } from '../tabular/outcomeMdp.js';
import type { TabularMdp } from '../tabular/assembleMdp.js';
import type { GridMove } from './gridRules.js';
import type { GridReward } from './gridReward.js';
import type { GridPlace, GridStates } from './gridStates.js';

/** Joins the moves that lead to one place. */
function merged(moves: readonly GridMove[]): GridMove[] {
  const joined = new Map<string, GridMove>();
  for (const [probability, cell, mode] of moves) {
    const key = `${cell},${mode}`;
    joined.set(key, [probability + (joined.get(key)?.[0] ?? 0), cell, mode]);
  }
  return [...joined.values()];
}

/** ρ: levels uniformly, then starts and start modes of the level uniformly. */
function startDistribution(states: GridStates): Float64Array {
  const rho = new Float64Array(states.numStates);
  states.layouts.forEach(({ starts }, level) => {
    const { startModes } = states.mechanics[level];
    const weight = 1 / (states.layouts.length * starts.length * startModes.length);
    for (const cell of starts) for (const mode of startModes) rho[states.stateOf({ level, cell, mode })] += weight;
  });
  return rho;
}

/**
 * The finite MDP of a grid: the outcomes of the rules with their rewards. Steps onto a cell whose letter is in `terminal` end the episode; such cells
 * absorb with reward 0.
 */
export function gridMdp(states: GridStates, reward: GridReward, terminal: string, gamma?: number, horizon?: number): TabularMdp {
  const outcome = ({ level, cell, mode }: GridPlace, action: number, [probability, nextCell, nextMode]: GridMove): Outcome => {
    const layout = states.layouts[level];
    const { describe } = states.mechanics[level];
    const terminated = terminal.includes(layout.letters[nextCell]);
    const earned = reward({ layout, cell, action, nextCell, keys: describe(mode).keys, nextKeys: describe(nextMode).keys, terminated });
    return [probability, states.stateOf({ level, cell: nextCell, mode: nextMode }), earned, terminated];
  };
  const outcomes = (state: number, action: number): Outcome[] => {
    const place = states.placeOf(state);
    if (terminal.includes(states.layouts[place.level].letters[place.cell])) return [[1, state, 0, true]];
    return merged(states.mechanics[place.level].outcomes(place.cell, place.mode, action)).map((move) => outcome(place, action, move));
  };
  const actions = Array.from({ length: states.mechanics[0].numActions }, (_, action) => action);
  const P = Array.from({ length: states.numStates }, (_, state) => actions.map((action) => outcomes(state, action)));
  return outcomeMdp({ P, rho: startDistribution(states), ...(gamma === undefined ? {} : { gamma }), ...(horizon === undefined ? {} : { horizon }) });
}
