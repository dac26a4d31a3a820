import { sizeOf } from '@rivulet/engine';
import type { AnySpace } from '../space.js';

/**
 * How many numbers a value has when flattened for a network (Gymnasium's `flatdim`): the elements of a Box, one-hot
 * for Discrete and MultiDiscrete, n for MultiBinary, the maximal length of a text, the sum over the parts of tuples and dicts.
 */
export function flatSize(space: AnySpace): number {
  switch (space.kind) {
    case 'box':
      return sizeOf(space.shape);
    case 'discrete':
    case 'multiBinary':
      return space.n;
    case 'multiDiscrete':
      return space.nvec.reduce((sum, n) => sum + n, 0);
    case 'text':
      return space.maxLength;
    case 'tuple':
      return space.spaces.reduce((sum, part) => sum + flatSize(part), 0);
    case 'dict':
      return Object.values(space.spaces).reduce((sum, part) => sum + flatSize(part), 0);
  }
}
