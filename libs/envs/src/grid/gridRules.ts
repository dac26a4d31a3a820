import type { GridLayout } from './parseGrid.js';

/** One outcome of an action on a grid. */
export type GridMove = readonly [probability: number, cell: number, mode: number];

/**
 * How one moves on a map. A state is a cell and a mode: a number that holds what else there is (keys held, heading, last action);
 * whoever made the mechanics alone knows its code.
 */
export interface GridMechanics {
  readonly numActions: number;
  readonly numModes: number;
  /** The modes of a first state, uniformly drawn. */
  readonly startModes: readonly number[];
  /** The number of headings: 4 where one can turn, else 1. */
  readonly numHeadings: number;
  /** The outcomes of an action; their probabilities sum to one. */
  outcomes(cell: number, mode: number, action: number): readonly GridMove[];
  /** One cell aside, if that is not blocked. */
  shift(cell: number, mode: number, rows: number, columns: number): readonly [cell: number, mode: number];
  /** What the mode says: the heading (0 up, 1 right, 2 down, 3 left) and the keys held, one bit each. */
  describe(mode: number): { readonly heading: number; readonly keys: number };
}

/** Makes the mechanics of a map. Rules compose: `sticky(slip(compassMoves(), 0.1), 0.25)`. */
export type GridRules = (layout: GridLayout) => GridMechanics;
