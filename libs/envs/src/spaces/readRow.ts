import { ndarray } from '@rivulet/engine';
import type { Rows } from '../env.js';
import type { BatchSpace } from './batchSpace.js';
import { rowsOf } from './rowsOf.js';
import type { ValueOf } from './valueOf.js';

/** The value in row i of a batch, as a fresh value of the space. */
export function readRow<S extends BatchSpace>(space: S, rows: Rows, i: number): ValueOf<S> {
  const { width } = rowsOf(space);
  if (space.kind === 'discrete') return rows[i] as ValueOf<S>;
  const row = rows.slice(i * width, (i + 1) * width);
  if (space.kind !== 'box') return row as ValueOf<S>;
  const out = ndarray(space.dtype, space.shape);
  out.data.set(row);
  return out as ValueOf<S>;
}
