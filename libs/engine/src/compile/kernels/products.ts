import { sizeOf } from '../../ndarray.js';
import { mul } from '../algebra.js';
import { type Graph, producer, type Value } from '../graph.js';
import { broadcastShapes, cast, expand, range, reshape, transpose, unexpanded } from '../shaping.js';
import type { Mappings } from './register.js';

interface Operand {
  readonly value: Value;
  readonly transposed: boolean;
}

const swapped = (rank: number): number[] => [...range(0, rank - 2), rank - 1, rank - 2];

/** A transpose of the last two axes is left to the product. */
function operand(value: Value, transposed: boolean): Operand {
  const inner = producer(value, 'Transpose');
  const order = swapped(value.shape.length);
  if (inner === undefined || !(inner.attributes.perm as readonly number[]).every((axis, i) => axis === order[i])) return { value, transposed };
  return { value: inner.inputs[0], transposed: !transposed };
}

/** A product of two matrices. */
export function gemm(g: Graph, a: Operand, b: Operand): Value {
  const [m, n] = [a.value.shape[a.transposed ? 1 : 0], b.value.shape[b.transposed ? 0 : 1]];
  return g.node('Gemm', [a.value, b.value], { transA: Number(a.transposed), transB: Number(b.transposed) }, 'float32', [m, n]);
}

/**
 * An operand as it is multiplied. A transpose of the last two axes stays one by itself, even behind another: ONNX Runtime makes it part of the product, and
 * what it is applied to is mostly needed as it is, too.
 */
function plain(g: Graph, { value, transposed }: Operand): Value {
  if (!transposed) return value;
  const order = swapped(value.shape.length);
  return producer(value, 'Transpose') === undefined ? transpose(g, value, order) : g.node('Transpose', [value], { perm: order }, value.dtype, order.map((axis) => value.shape[axis]));
}

/** A batch that is only repeated need not be written out: the product broadcasts. */
function lean(g: Graph, value: Value): Value {
  const core = unexpanded(g, value);
  const rank = value.shape.length;
  const matrix = value.shape.slice(-2);
  if (core === value || core.shape.length < 2 || !core.shape.slice(-2).every((size, i) => size === matrix[i])) return value;
  return core.shape.length === rank ? core : reshape(g, core, [...range(0, rank - core.shape.length).map(() => 1), ...core.shape]);
}

/** Batches of products whose operands are vectors, as products of elements: with one term each, or with one result. */
function ofVectors(g: Graph, a: Operand, b: Operand, [rows, inner, columns]: readonly [number, number, number]): Value | undefined {
  const as = ({ value }: Operand, matrix: readonly [number, number]): Value => reshape(g, value, [...value.shape.slice(0, -2), ...matrix]);
  if (inner === 1) return mul(g, as(a, [rows, 1]), as(b, [1, columns]));
  if (rows !== 1 || columns !== 1) return undefined;
  const terms = mul(g, as(a, [1, inner]), as(b, [1, inner]));
  const rank = terms.shape.length;
  return g.node('ReduceSum', [terms, g.ints([rank - 1])], { keepdims: 1 }, 'float32', [...terms.shape.slice(0, -1), 1]);
}

/** [.., m, k] × [.., k, n] with broadcast leading axes: one Gemm where one side is a single matrix. */
export function matMul(g: Graph, first: Value, second: Value, transposeA: boolean, transposeB: boolean): Value {
  const [inner, other] = [first.shape[first.shape.length - (transposeA ? 2 : 1)], second.shape[second.shape.length - (transposeB ? 1 : 2)]];
  if (inner !== other) throw new Error(`matMul: the inner dimensions of [${first.shape.join(', ')}] and [${second.shape.join(', ')}] are ${inner} and ${other}; they must be equal`);
  const batch = broadcastShapes(first.shape.slice(0, -2), second.shape.slice(0, -2));
  const [a, b] = [operand(lean(g, cast(g, first, 'float32')), transposeA), operand(lean(g, cast(g, second, 'float32')), transposeB)];
  const rows = first.shape[first.shape.length - (transposeA ? 1 : 2)];
  const columns = second.shape[second.shape.length - (transposeB ? 2 : 1)];
  const shape = [...batch, rows, columns];
  const matrix = ({ value, transposed }: Operand): Operand => ({ value: reshape(g, value, value.shape.slice(-2)), transposed });
  const single = ({ value }: Operand) => sizeOf(value.shape.slice(0, -2)) === 1;
  if (single(a) && single(b)) return expand(g, reshape(g, gemm(g, matrix(a), matrix(b)), [...batch.map(() => 1), rows, columns]), shape);
  // The rows of all the batches make one tall matrix.
  if (single(b) && !a.transposed && sizeOf(a.value.shape.slice(0, -2)) === sizeOf(batch)) {
    const tall = reshape(g, a.value, [sizeOf(batch) * rows, a.value.shape[a.value.shape.length - 1]]);
    return reshape(g, gemm(g, { value: tall, transposed: false }, matrix(b)), shape);
  }
  const vectors = ofVectors(g, a, b, [rows, inner, columns]);
  if (vectors !== undefined) return expand(g, vectors, shape);
  const [left, right] = [plain(g, a), plain(g, b)];
  const leading = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2));
  return expand(g, g.node('MatMul', [left, right], {}, 'float32', [...leading, rows, columns]), shape);
}

/** Matrix products. */
export const products: Mappings = {
  BatchMatMul: (g, { a, b }, { transposeA, transposeB }) => matMul(g, a, b, transposeA === true, transposeB === true),
};
