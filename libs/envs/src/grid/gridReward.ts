import type { GridLayout } from './parseGrid.js';

/** A step on a grid, as rewards see it. */
export interface GridTransition {
  readonly layout: GridLayout;
  readonly cell: number;
  readonly action: number;
  readonly nextCell: number;
  /** The keys held before and after, one bit each. */
  readonly keys: number;
  readonly nextKeys: number;
  readonly terminated: boolean;
}

/** The reward of a step. */
export type GridReward = (step: GridTransition) => number;
