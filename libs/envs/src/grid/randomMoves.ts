import type { GridRules } from './gridRules.js';
import { checkProbability, mixedMoves } from './mixedMoves.js';

/**
 * Noisy control: with probability p an action drawn uniformly (the wanted one included) is carried out instead.
 * @throws when p is not a probability.
 */
export function randomMoves(rules: GridRules, probability: number): GridRules {
  checkProbability('randomMoves', probability);
  return (layout) => {
    const base = rules(layout);
    const weights = (action: number): [number, number][] =>
      Array.from({ length: base.numActions }, (_, a) => [probability / base.numActions + (a === action ? 1 - probability : 0), a]);
    return { ...base, outcomes: (cell, mode, action) => mixedMoves(base, cell, mode, weights(action)) };
  };
}
