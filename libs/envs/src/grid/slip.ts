import type { GridRules } from './gridRules.js';
import { checkProbability, mixedMoves } from './mixedMoves.js';

/**
 * Slippery ground: with probability p the move goes to one of the two sides, a quarter turn off, with p/2 each. For moves in compass directions.
 * @throws when p is not a probability, or the rules do not have 4 or 8 directions.
 */
export function slip(rules: GridRules, probability: number): GridRules {
  checkProbability('slip', probability);
  return (layout) => {
    const base = rules(layout);
    const n = base.numActions;
    if (n % 4 !== 0) throw new Error(`slip: the actions must be 4 or 8 directions, got ${n} actions`);
    const side = probability / 2;
    return {
      ...base,
      outcomes: (cell, mode, action) =>
        mixedMoves(base, cell, mode, [
          [1 - probability, action],
          [side, (action + n / 4) % n],
          [side, (action + n - n / 4) % n],
        ]),
    };
  };
}
