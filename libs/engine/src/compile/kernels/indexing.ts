import { sizeOf } from '../../ndarray.js';
import { add, binary, mul } from '../algebra.js';
import { type ElementType, type Graph, type Value } from '../graph.js';
import { cast, expand, gather, range, reshape, transpose, where } from '../shaping.js';
import type { Mappings } from './register.js';

const at = (axis: unknown, shape: readonly number[]): number => ((axis as number | undefined) ?? 0) + (((axis as number | undefined) ?? 0) < 0 ? shape.length : 0);

/** x [B.., O.., n, I..] at indices [B.., K..]: the axis moves behind the batch, rows are gathered, and the result moves back. */
function gatherBatches(g: Graph, x: Value, indices: Value, axis: number, batchDims: number): Value {
  const batch = sizeOf(x.shape.slice(0, batchDims));
  const n = x.shape[axis];
  const rank = indices.shape.length;
  const behindBatch = [...range(0, batchDims), axis, ...range(batchDims, axis), ...range(axis + 1, x.shape.length)];
  const moved = transpose(g, x, behindBatch);
  const starts = g.constant(Int32Array.from(range(0, batch), (b) => b * n), 'int32', [batch, 1]);
  const flat = add(g, reshape(g, cast(g, indices, 'int32'), [batch, sizeOf(indices.shape) / batch]), starts);
  const rows = gather(g, reshape(g, moved, [batch * n, ...moved.shape.slice(batchDims + 1)]), reshape(g, flat, [sizeOf(indices.shape)]), 0);
  const picked = reshape(g, rows, [...indices.shape, ...moved.shape.slice(batchDims + 1)]);
  const outer = range(rank, rank + axis - batchDims);
  return transpose(g, picked, [...range(0, batchDims), ...outer, ...range(batchDims, rank), ...range(rank + axis - batchDims, picked.shape.length)]);
}

/**
 * Adds rows [M, R] into rows [N, R] by their numbers [M]. By ScatterElements, whose sums have a fixed order; those of ScatterND race
 * when two rows have one number and the runtime has several threads.
 */
function addRows(g: Graph, rows: Value, numbers: Value, count: number): Value {
  const [m, size] = rows.shape;
  const indices = expand(g, reshape(g, cast(g, numbers, 'int32'), [m, 1]), [m, size]);
  return g.node('ScatterElements', [g.splat(0, rows.dtype, [count, size]), indices, rows], { axis: 0, reduction: 'add' }, rows.dtype, [count, size]);
}

/** The row number of each index tuple [M, k] in the first k axes of a shape. */
function rowNumbers(g: Graph, indices: Value, shape: readonly number[]): Value {
  const depth = indices.shape[indices.shape.length - 1];
  const strides = range(0, depth).map((axis) => sizeOf(shape.slice(axis + 1, depth)));
  const weighted = mul(g, cast(g, indices, 'int32'), g.constant(Int32Array.from(strides), 'int32', [depth]));
  return depth === 1 ? reshape(g, weighted, indices.shape.slice(0, -1)) : g.node('ReduceSum', [weighted, g.ints([indices.shape.length - 1])], { keepdims: 0 }, 'int32', indices.shape.slice(0, -1));
}

function scatter(g: Graph, indices: Value, updates: Value, shape: readonly number[]): Value {
  const depth = indices.shape[indices.shape.length - 1];
  const rowSize = sizeOf(shape.slice(depth));
  const count = sizeOf(indices.shape) / depth;
  const numbers = reshape(g, rowNumbers(g, indices, shape), [count]);
  return reshape(g, addRows(g, reshape(g, updates, [count, rowSize]), numbers, sizeOf(shape.slice(0, depth))), shape);
}

function gatherNd(g: Graph, params: Value, indices: Value): Value {
  const depth = indices.shape[indices.shape.length - 1];
  const rest = params.shape.slice(depth);
  const rows = reshape(g, params, [sizeOf(params.shape.slice(0, depth)), ...rest]);
  return gather(g, rows, rowNumbers(g, indices, params.shape), 0);
}

/** Compared with all the classes; an index outside of them is off everywhere. */
function oneHot(g: Graph, indices: Value, depth: number, on: number, off: number, dtype: ElementType): Value {
  const classes = g.constant(Int32Array.from(range(0, depth)), 'int32', [depth]);
  const hit = binary(g, 'Equal', reshape(g, cast(g, indices, 'int32'), [...indices.shape, 1]), classes, 'bool');
  return on === 1 && off === 0 ? cast(g, hit, dtype) : where(g, hit, g.splat(on, dtype), g.splat(off, dtype));
}

/** Operators that pick or add elements at computed places. */
export const indexing: Mappings = {
  GatherNd: (g, { params, indices }) => gatherNd(g, params, indices),
  GatherV2: (g, { x, indices }, { axis, batchDims }) => {
    const along = at(axis, x.shape);
    return batchDims ? gatherBatches(g, x, indices, along, batchDims as number) : gather(g, x, cast(g, indices, 'int32'), along);
  },
  OneHot: (g, { indices }, { depth, onValue, offValue, dtype }) => oneHot(g, indices, depth as number, onValue as number, offValue as number, (dtype ?? 'int32') as ElementType),
  ScatterNd: (g, { indices, updates }, { shape }) => scatter(g, indices, updates, shape as number[]),
  TensorScatterUpdate: (g, { tensor, indices, updates }) => g.node('ScatterND', [tensor, cast(g, indices, 'int64'), updates], {}, tensor.dtype, tensor.shape),
  UnsortedSegmentSum: (g, { x, segmentIds }, { numSegments }) => {
    const count = sizeOf(segmentIds.shape);
    const rest = x.shape.slice(segmentIds.shape.length);
    const sums = addRows(g, reshape(g, x, [count, sizeOf(rest)]), reshape(g, segmentIds, [count]), numSegments as number);
    return reshape(g, sums, [numSegments as number, ...rest]);
  },
};
