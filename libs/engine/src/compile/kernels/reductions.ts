import { sizeOf } from '../../ndarray.js';
import { tf } from '../../tf.js';
import { binary, div, mul } from '../algebra.js';
import { type ElementType, type Graph, type Value } from '../graph.js';
import { cast, concat, expand, reshape, reverse, slice, unexpanded } from '../shaping.js';
import { gemm } from './products.js';
import type { Attributes, Mapping, Mappings } from './register.js';

/** The axes of a reduction as non-negative numbers in rising order. */
function axesOf({ axis, reductionIndices }: Attributes, shape: readonly number[]): number[] {
  return tf.util.parseAxisParam((axis ?? reductionIndices) as number | number[], [...shape]).sort((a, b) => a - b);
}

/** Reduces over axes; those of size one need no operator. */
export function reduce(g: Graph, op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const shape = reducedShape(x, axes, keepDims);
  if (axes.every((axis) => x.shape[axis] === 1)) return reshape(g, x, shape);
  return g.node(op, [x, g.ints(axes)], { keepdims: keepDims ? 1 : 0 }, x.dtype, shape);
}

const reducedShape = (x: Value, axes: readonly number[], keepDims: boolean): number[] =>
  x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)).filter((_, axis) => keepDims || !axes.includes(axis));

/** Rows and columns from which on a product with ones is faster than the reduction of the rows. */
const SUMMED_BY_PRODUCT = 8;

/** The sum over the leading axes as a product with ones, which ONNX Runtime computes up to ten times as fast as the reduction. */
function sumOfRows(g: Graph, x: Value, axes: readonly number[], shape: readonly number[]): Value | undefined {
  const rows = sizeOf(x.shape.slice(0, axes.length));
  const columns = sizeOf(x.shape.slice(axes.length));
  if (x.dtype !== 'float32' || axes.some((axis, i) => axis !== i) || rows < SUMMED_BY_PRODUCT || columns < SUMMED_BY_PRODUCT) return undefined;
  return reshape(g, gemm(g, { value: g.splat(1, 'float32', [1, rows]), transposed: false }, { value: reshape(g, x, [rows, columns]), transposed: false }), shape);
}

/** The sum over repetitions is a product. */
export function sum(g: Graph, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const core = unexpanded(g, x);
  const repeated = core.shape.length === x.shape.length ? axes.filter((axis) => core.shape[axis] !== x.shape[axis]) : [];
  const whole = (value: Value): Value => sumOfRows(g, value, axes, reducedShape(x, axes, keepDims)) ?? reduce(g, 'ReduceSum', value, axes, keepDims);
  if (repeated.length === 0 || x.dtype !== 'float32') return whole(x);
  const partly = expand(g, core, x.shape.map((size, axis) => (repeated.includes(axis) ? 1 : size)));
  const copies = repeated.reduce((product, axis) => product * x.shape[axis], 1);
  return mul(g, whole(partly), g.splat(copies, 'float32'));
}

const reduction =
  (op: string, dtype?: ElementType): Mapping =>
  (g, { x }, attributes) => {
    const whole = x.dtype === 'bool' ? cast(g, x, 'int32') : x;
    const result = reduce(g, op, dtype === undefined ? whole : cast(g, whole, dtype), axesOf(attributes, x.shape), attributes.keepDims === true);
    return x.dtype === 'bool' && op !== 'ReduceProd' ? cast(g, result, 'bool') : result;
  };

const extremumIndex =
  (op: string): Mapping =>
  (g, { x }, attributes) => {
    const [axis] = axesOf(attributes, x.shape);
    const numbers = x.dtype === 'bool' ? cast(g, x, 'int32') : x;
    return cast(g, g.node(op, [numbers], { axis, keepdims: 0 }, 'int64', x.shape.filter((_, i) => i !== axis)), 'int32');
  };

/** Running products by doubling: log₂(n) multiplications of the whole tensor. */
function cumulativeProduct(g: Graph, x: Value, axis: number, exclusive: boolean): Value {
  const size = x.shape[axis];
  const shifted = (value: Value, places: number) => {
    const front = value.shape.map((each, at) => (at === axis ? Math.min(places, size) : each));
    if (places >= size) return g.splat(1, x.dtype, front);
    const kept = value.shape.map((each, at) => (at === axis ? size - places : each));
    return concat(g, [g.splat(1, x.dtype, front), slice(g, value, kept.map(() => 0), kept)], axis);
  };
  let product = exclusive ? shifted(x, 1) : x;
  for (let places = 1; places < size; places *= 2) product = mul(g, product, shifted(product, places));
  return product;
}

const scan =
  (f: (g: Graph, x: Value, axis: number, exclusive: boolean, reverse: boolean) => Value): Mapping =>
  (g, { x }, attributes) =>
    f(g, x.dtype === 'bool' ? cast(g, x, 'int32') : x, axesOf(attributes, x.shape)[0], attributes.exclusive === true, attributes.reverse === true);

/** Reductions, scans, and what orders or normalises along an axis. */
export const reductions: Mappings = {
  All: reduction('ReduceMin'),
  Any: reduction('ReduceMax'),
  ArgMax: extremumIndex('ArgMax'),
  ArgMin: extremumIndex('ArgMin'),
  Cumprod: scan((g, x, axis, exclusive, backwards) => {
    const turned = backwards ? reverse(g, x, [axis]) : x;
    const product = cumulativeProduct(g, turned, axis, exclusive);
    return backwards ? reverse(g, product, [axis]) : product;
  }),
  Cumsum: scan((g, x, axis, exclusive, backwards) => g.node('CumSum', [x, g.splat(axis, 'int32')], { exclusive: Number(exclusive), reverse: Number(backwards) }, x.dtype, x.shape)),
  Max: reduction('ReduceMax'),
  Mean: (g, { x }, attributes) => {
    const axes = axesOf(attributes, x.shape);
    const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
    const [core, floats] = [unexpanded(g, x), cast(g, x, 'float32')];
    if (core !== x) return div(g, sum(g, floats, axes, attributes.keepDims === true), g.splat(count, 'float32'));
    return reduce(g, 'ReduceMean', floats, axes, attributes.keepDims === true);
  },
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Softmax: (g, { logits }, { dim }) => g.node('Softmax', [cast(g, logits, 'float32')], { axis: (dim as number) < 0 ? (dim as number) + logits.shape.length : (dim as number) }, 'float32', logits.shape),
  Sum: (g, { x }, attributes) => sum(g, x.dtype === 'bool' ? cast(g, x, 'int32') : x, axesOf(attributes, x.shape), attributes.keepDims === true),
  TopK: (g, { x }, { k, sorted }) => {
    const axis = x.shape.length - 1;
    const shape = [...x.shape.slice(0, -1), k as number];
    const [values, indices] = g.nodeOutputs('TopK', [x, g.ints([k as number])], { axis, largest: 1, sorted: sorted === false ? 0 : 1 }, [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ]);
    return [values, cast(g, indices, 'int32')];
  },
  SearchSorted: (g, { sortedSequence, values }, { side }) => searchSorted(g, sortedSequence, values, side === 'left' ? 'Less' : 'LessOrEqual'),
};

/** Where values [B, M] belong in sorted sequences [B, N]: how many of these come before. */
function searchSorted(g: Graph, sorted: Value, values: Value, before: string): Value {
  const [rows, length] = sorted.shape;
  const count = values.shape[1];
  const comes = binary(g, before, reshape(g, sorted, [rows, 1, length]), reshape(g, values, [rows, count, 1]), 'bool');
  return reduce(g, 'ReduceSum', cast(g, comes, 'int32'), [2], false);
}
