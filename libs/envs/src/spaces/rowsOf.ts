import { sizeOf } from '@rivulet/engine';
import type { AnySpace } from '../space.js';

/** How the values of a space lie in the rows of a batch. */
export interface RowLayout {
  /** float32 for Box, int32 for the discrete spaces. */
  readonly dtype: 'float32' | 'int32';
  /** Numbers a row: the elements of a Box, 1 for Discrete, the length of a MultiDiscrete or MultiBinary. */
  readonly width: number;
}

/**
 * The row layout of a space in a `VectorEnv`.
 * @throws for tuple, dict and text spaces, whose values are not rows of numbers.
 */
export function rowsOf(space: AnySpace): RowLayout {
  switch (space.kind) {
    case 'box':
      return { dtype: 'float32', width: sizeOf(space.shape) };
    case 'discrete':
      return { dtype: 'int32', width: 1 };
    case 'multiDiscrete':
      return { dtype: 'int32', width: space.nvec.length };
    case 'multiBinary':
      return { dtype: 'int32', width: space.n };
    default:
      throw new Error(`rowsOf: a ${space.kind} space has no row layout; use box, discrete, multiDiscrete or multiBinary`);
  }
}
