import type { GridMechanics, GridMove } from './gridRules.js';

/** The outcomes of carrying out each action with its probability. */
export function mixedMoves(mechanics: GridMechanics, cell: number, mode: number, actions: readonly (readonly [probability: number, action: number])[]): GridMove[] {
  return actions
    .filter(([weight]) => weight > 0)
    .flatMap(([weight, action]) => mechanics.outcomes(cell, mode, action).map(([probability, next, nextMode]): GridMove => [weight * probability, next, nextMode]));
}

/** Throws unless the number is a probability. */
export function checkProbability(where: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new Error(`${where}: the probability must be in [0, 1], got ${value}`);
}
