import type { GridMove, GridRules } from './gridRules.js';
import { checkProbability } from './mixedMoves.js';

/**
 * Sticky actions (Machado et al. 2018): with probability p the action carried out last is carried out again. The last action becomes part of the
 * state, so that the MDP stays one; the first step of an episode does not stick.
 * @throws when p is not a probability.
 */
export function sticky(rules: GridRules, probability: number): GridRules {
  checkProbability('sticky', probability);
  return (layout) => {
    const base = rules(layout);
    const modes = base.numModes;
    const carriedOut = (cell: number, mode: number, action: number, weight: number): GridMove[] =>
      base.outcomes(cell, mode, action).map(([p, next, nextMode]): GridMove => [weight * p, next, nextMode + modes * (action + 1)]);
    return {
      ...base,
      numModes: modes * (base.numActions + 1),
      outcomes: (cell, mode, action) => {
        const last = Math.floor(mode / modes) - 1;
        const inner = mode % modes;
        if (last < 0 || last === action || probability === 0) return carriedOut(cell, inner, action, 1);
        return [...carriedOut(cell, inner, action, 1 - probability), ...carriedOut(cell, inner, last, probability)];
      },
      shift: (cell, mode, rows, columns) => {
        const [next, nextMode] = base.shift(cell, mode % modes, rows, columns);
        return [next, nextMode + mode - (mode % modes)];
      },
      describe: (mode) => base.describe(mode % modes),
    };
  };
}
