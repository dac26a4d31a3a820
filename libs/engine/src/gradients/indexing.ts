import * as tf from '@tensorflow/tfjs';
import { axesOf, noGradient, repair, repairMany } from './repair.js';
import { offTape } from '../offTape.js';

/** The sum of the rows of `values` [M, R] by their row numbers [M], as a matrix [rows, R]. */
function addRows(values: tf.Tensor, rowOf: tf.Tensor, rows: number): tf.Tensor {
  return tf.scatterND(offTape(() => rowOf.reshape([-1, 1])), values, [rows, values.size / rowOf.size]);
}

/**
 * The gradient of an op that only moves or repeats elements: the op itself, run on the numbers of the elements, says where each came from.
 * Every ∂y is added there. The numbers are float32, because kernels of wasm move the bits of integers as if they were floats.
 */
function addToSources(dy: tf.Tensor, shape: number[], op: (numbers: tf.Tensor) => tf.Tensor): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  if (size > 2 ** 24) throw new Error(`the gradient of an op that moves elements can number at most 2^24 of them, got ${size}`);
  const sources = offTape(() => op(tf.range(0, size, 1, 'float32').reshape(shape)).toInt().reshape([-1, 1]));
  return tf.scatterND(sources, dy.flatten(), [size]).reshape(shape);
}

/**
 * x [B.., O.., n, I..] gathered at indices [B.., K..] gives y [B.., O.., K.., I..]. The rows of ∂y are added where they came from.
 * By `scatterND`, which every backend has and which is linear in the size of ∂y; the segment sum of TensorFlow.js is quadratic, and missing on wasm.
 */
function gatherGradient(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, axis: number, batchDims: number): tf.Tensor {
  const batch = tf.util.sizeFromShape(x.shape.slice(0, batchDims));
  const choices = indices.rank - batchDims;
  const n = x.shape[axis];
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  const toFront = [...range(0, batchDims), ...range(axis, axis + choices), ...range(batchDims, axis), ...range(axis + choices, dy.rank)];
  const values = dy.transpose(toFront).reshape([indices.size, -1]);
  const rowOf = offTape(() => indices.toInt().reshape([batch, -1]).add(tf.range(0, batch, 1, 'int32').mul(tf.scalar(n, 'int32')).reshape([batch, 1])));
  const outer = x.shape.slice(batchDims, axis);
  const inner = x.shape.slice(axis + 1);
  const sums = addRows(values, rowOf, batch * n).reshape([...x.shape.slice(0, batchDims), n, ...outer, ...inner]);
  return sums.transpose([...range(0, batchDims), ...range(batchDims + 1, axis + 1), batchDims, ...range(axis + 1, x.rank)]);
}

/** Adds the copies up: each repeated axis becomes two, [repetitions, size], and the first is summed. */
function tileGradient(dy: tf.Tensor, shape: number[], repetitions: readonly number[]): tf.Tensor {
  const split: number[] = [];
  const copies: number[] = [];
  shape.forEach((size, axis) => {
    if (repetitions[axis] !== 1) copies.push(split.push(repetitions[axis]) - 1);
    split.push(size);
  });
  return copies.length === 0 ? dy.clone() : dy.reshape(split).sum(copies);
}

/** Gradients of ops that pick, move or repeat elements. */
export function repairIndexing(): void {
  repair('GatherV2', { inputs: ['x', 'indices'] }, (dy, [x, indices], { axis, batchDims }) => ({
    x: () => gatherGradient(dy, x, indices, axesOf(axis, x.shape)[0], (batchDims as number | undefined) ?? 0),
    indices: noGradient(indices),
  }));
  repair('GatherNd', { inputs: ['params', 'indices'] }, (dy, [params, indices]) => ({ params: () => tf.scatterND(indices, dy, params.shape), indices: noGradient(indices) }));
  repair('ScatterNd', { inputs: ['indices'] }, (dy, [indices]) => ({ updates: () => tf.gatherND(dy, indices), indices: noGradient(indices) }));
  repair('StridedSlice', { inputs: ['x'] }, (dy, [x], attributes) => ({
    x: () => addToSources(dy, x.shape, (numbers) => tf.engine().runKernel<tf.Tensor>('StridedSlice', { x: numbers }, attributes as tf.NamedAttrMap).reshape(dy.shape)),
  }));
  repair('MirrorPad', { inputs: ['x'] }, (dy, [x], { paddings, mode }) => ({
    x: () => addToSources(dy, x.shape, (numbers) => tf.mirrorPad(numbers, paddings as [number, number][], mode as 'reflect' | 'symmetric')),
  }));
  repair('DepthToSpace', { inputs: ['x'] }, (dy, [x], attributes) => ({
    x: () => addToSources(dy, x.shape, (numbers) => tf.engine().runKernel<tf.Tensor>('DepthToSpace', { x: numbers }, attributes as tf.NamedAttrMap)),
  }));
  // Those of TensorFlow.js fail on one part.
  repairMany('Unpack', {}, (dys, _, { axis }) => ({ value: () => tf.stack(dys, axis as number) }));
  repairMany('SplitV', {}, (dys, _, { axis }) => ({ x: () => tf.concat(dys, axis as number) }));
  repair('Tile', { inputs: ['x'] }, (dy, [x], { reps }) => ({ x: () => tileGradient(dy, x.shape, reps as number[]) }));
}
