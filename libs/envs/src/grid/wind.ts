import type { GridMechanics, GridMove, GridRules } from './gridRules.js';
import { checkProbability } from './mixedMoves.js';

/** Blown up by some cells, one after the other, as far as nothing blocks. */
function blown(mechanics: GridMechanics, cell: number, mode: number, strength: number): readonly [number, number] {
  let at: readonly [number, number] = [cell, mode];
  for (let i = 0; i < strength; i++) at = mechanics.shift(at[0], at[1], -1, 0);
  return at;
}

/**
 * Wind that blows upward: after every move, by the strength of the column where the move began (Sutton and Barto 2018, example 6.5).
 * @param strengths cells, one number a column.
 * @param chance the probability that it blows at a step.
 * @throws when the strengths are not one non-negative integer a column, or the chance is not a probability.
 */
export function wind(rules: GridRules, strengths: readonly number[], chance = 1): GridRules {
  checkProbability('wind', chance);
  const wrong = strengths.find((strength) => !Number.isInteger(strength) || strength < 0);
  if (wrong !== undefined) throw new Error(`wind: strengths must be non-negative integers, got ${wrong}`);
  return (layout) => {
    if (strengths.length !== layout.width) throw new Error(`wind: there must be a strength for each of the ${layout.width} columns, got ${strengths.length}`);
    const base = rules(layout);
    return {
      ...base,
      outcomes: (cell, mode, action) => {
        const strength = strengths[cell % layout.width];
        const moves = base.outcomes(cell, mode, action);
        if (strength === 0 || chance === 0) return moves;
        const carried = moves.map(([p, next, nextMode]): GridMove => [p * chance, ...blown(base, next, nextMode, strength)]);
        return chance === 1 ? carried : [...moves.map(([p, next, nextMode]): GridMove => [p * (1 - chance), next, nextMode]), ...carried];
      },
    };
  };
}
