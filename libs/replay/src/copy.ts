import type { TypedArray } from '@rivulet/engine';

/** Below this many elements a loop is faster than making a view for `set`. */
const VIEW_PAYS_FROM = 64;

/** target[to + i] = source[from + i] for i < count. */
export function copyBlock(source: TypedArray, from: number, target: TypedArray, to: number, count: number): void {
  if (count >= VIEW_PAYS_FROM) target.set(source.subarray(from, from + count), to);
  else for (let i = 0; i < count; i++) target[to + i] = source[from + i];
}

/** Row k of the target = row indices[k] of the source. */
export function gatherBlocks(source: TypedArray, indices: Int32Array, rowSize: number, target: TypedArray): void {
  if (rowSize === 1) for (let k = 0; k < indices.length; k++) target[k] = source[indices[k]];
  else for (let k = 0; k < indices.length; k++) copyBlock(source, indices[k] * rowSize, target, k * rowSize, rowSize);
}
