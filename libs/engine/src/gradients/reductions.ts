import * as tf from '@tensorflow/tfjs';
import { axesOf, keptShape, repair, repairMany } from './repair.js';
import { offTape } from '../offTape.js';

/** An extremum passes its gradient to the element that attained it; several that tie share it equally. */
function extremum(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = axesOf(axis, x.shape);
  const kept = keptShape(x.shape, axes);
  const share = offTape(() => {
    const attained = x.equal(y.reshape(kept)).toFloat();
    return attained.div(attained.sum(axes, true));
  });
  return dy.reshape(kept).mul(share);
}

/** Runs a function of a matrix over one or more axes: they become its columns. */
function overColumns(x: tf.Tensor, axes: readonly number[], f: (matrix: tf.Tensor2D) => tf.Tensor): tf.Tensor {
  const order = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const moved = x.transpose(order);
  const columns = axes.reduce((product, axis) => product * x.shape[axis], 1);
  return f(moved.reshape([-1, columns])).reshape(moved.shape).transpose(tf.backend_util.getUndoAxesPermutation(order));
}

/** ∂(Π xⱼ)/∂xᵢ = Π_{j<i} xⱼ · Π_{j>i} xⱼ, which needs no division and so allows zeros. */
function productGradient(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = axesOf(axis, x.shape);
  const others = overColumns(x, axes, (matrix) => tf.cumprod(matrix, 1, true, false).mul(tf.cumprod(matrix, 1, true, true)));
  return dy.reshape(keptShape(x.shape, axes)).mul(others);
}

/** Moves the columns of a matrix to the left by some places, with zeros on the right. */
function shiftLeft(matrix: tf.Tensor2D, places: number): tf.Tensor2D {
  const [rows, columns] = matrix.shape;
  return matrix.slice([0, places], [rows, columns - places]).pad([[0, 0], [0, places]]);
}

/** The solution of Sᵢ = aᵢ + bᵢ·Sᵢ₊₁ with S = 0 after the end, by doubling: log₂(columns) passes over the whole matrix. */
function backwardRecurrence(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  let [sum, factor] = [a, b];
  for (let places = 1; places < a.shape[1]; places *= 2) {
    sum = sum.add(factor.mul(shiftLeft(sum, places)));
    factor = factor.mul(shiftLeft(factor, places));
  }
  return sum;
}

/** With y = cumprod(x): ∂L/∂xᵢ = Π_{j<i} xⱼ · Sᵢ and Sᵢ = ∂L/∂yᵢ + xᵢ₊₁·Sᵢ₊₁. No division, so zeros are allowed. */
function cumulativeProductGradient(dy: tf.Tensor, x: tf.Tensor, { axis, exclusive, reverse }: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean }): tf.Tensor {
  const [at] = axesOf(axis, x.shape);
  const forward = (each: tf.Tensor) => (reverse ? each.reverse(at) : each);
  const [straight, slopes] = [forward(x), forward(dy)];
  const rows = x.size / x.shape[at];
  const order = [...x.shape.keys()].filter((each) => each !== at).concat(at);
  const columns = slopes.transpose(order).reshape([rows, x.shape[at]]) as tf.Tensor2D;
  const gradient = overColumns(straight, [at], (matrix) => {
    const inclusive = exclusive ? shiftLeft(columns, 1) : columns;
    return tf.cumprod(matrix, 1, true, false).mul(backwardRecurrence(inclusive, shiftLeft(matrix, 1)));
  });
  return forward(gradient);
}

/** `tf.oneHot` refuses one class. */
function oneHotOf(indices: tf.Tensor, depth: number): tf.Tensor {
  return depth === 1 ? tf.ones([...indices.shape, 1]) : tf.oneHot(indices.toInt(), depth).toFloat();
}

/** Gradients of reductions and scans. */
export function repairReductions(): void {
  repair('Max', { inputs: ['x'], outputs: [true] }, (dy, [x, y], { reductionIndices }) => ({ x: () => extremum(dy, x, y, reductionIndices) }));
  repair('Min', { inputs: ['x'], outputs: [true] }, (dy, [x, y], { axis }) => ({ x: () => extremum(dy, x, y, axis) }));
  repair('Prod', { inputs: ['x'] }, (dy, [x], { axis }) => ({ x: () => productGradient(dy, x, axis) }));
  // TensorFlow.js transposes the result once too often, unseen when the axes have one size.
  repair('Cumsum', {}, (dy, _, { axis, exclusive, reverse }) => ({ x: () => tf.cumsum(dy, axesOf(axis, dy.shape)[0], exclusive as boolean, !(reverse as boolean)) }));
  repair('Cumprod', { inputs: ['x'] }, (dy, [x], { axis, exclusive, reverse }) => ({
    x: () => cumulativeProductGradient(dy, x, { axis: axis as number, exclusive: exclusive as boolean, reverse: reverse as boolean }),
  }));
  repairMany('TopK', { inputs: ['x'], outputs: [false, true] }, ([dy], [x, indices]) => ({
    x: () => offTape(() => oneHotOf(indices, x.shape[x.rank - 1])).mul(dy.expandDims(-1)).sum(-2),
  }));
}
