import type { NdArray } from '@rivulet/engine';
import type { Rows } from '../env.js';
import type { BatchSpace } from './batchSpace.js';
import { rowsOf } from './rowsOf.js';
import type { ValueOf } from './valueOf.js';

/** Stores a value of a space in row i of a batch. */
export function writeRow<S extends BatchSpace>(space: S, value: ValueOf<S>, rows: Rows, i: number): void {
  if (space.kind === 'discrete') rows[i] = value as number;
  else rows.set(space.kind === 'box' ? (value as NdArray).data : (value as Int32Array), i * rowsOf(space).width);
}
