import type { Rows } from '../env.js';
import type { AnySpace } from '../space.js';
import { rowsOf } from './rowsOf.js';

/** Zeros for n values of a space, [n, D]. */
export function allocateRows(space: AnySpace, n: number): Rows {
  const { dtype, width } = rowsOf(space);
  return dtype === 'float32' ? new Float32Array(n * width) : new Int32Array(n * width);
}
