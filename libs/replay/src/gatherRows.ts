import type { HostBatch } from '@rivulet/engine';
import { gatherBlocks } from './copy.js';

/**
 * Copies rows of several fields into preallocated arrays: `out[f][k] = source[f][indices[k]]` for every field f of `out`.
 * The leading axes of the source count as one: with `[B, T, ...]` the row of copy b at step t is `b * T + t`. Allocates nothing.
 *
 * @param indices [n], each in [0, rows of the source)
 * @param out fields `[n, ...]`; fields of the source that it lacks are left out
 * @returns `out`
 * @throws when a field is missing in the source, has another type, does not hold n rows, or an index lies outside.
 */
export function gatherRows<B extends HostBatch>(source: HostBatch, indices: Int32Array, out: B): B {
  for (const name in out) {
    const from = source[name];
    const to = out[name];
    if (from === undefined) throw new Error(`gatherRows: the source has no field '${name}'`);
    if (from.dtype !== to.dtype) throw new Error(`gatherRows: '${name}' is ${from.dtype} in the source and ${to.dtype} in the target`);
    const rowSize = to.data.length / indices.length;
    if (to.shape[0] !== indices.length || !Number.isInteger(rowSize)) {
      throw new Error(`gatherRows: '${name}' must hold ${indices.length} rows, its shape is [${to.shape.join(', ')}]`);
    }
    const rows = from.data.length / rowSize;
    for (let k = 0; k < indices.length; k++) {
      if (!(indices[k] >= 0 && indices[k] < rows)) throw new Error(`gatherRows: index ${indices[k]} lies outside the ${rows} rows of '${name}'`);
    }
    gatherBlocks(from.data, indices, rowSize, to.data);
  }
  return out;
}
