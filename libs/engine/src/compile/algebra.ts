import { sizeOf } from '../ndarray.js';
import { type ElementType, type Graph, producer, splatOf, type Value } from './graph.js';
import { broadcastShapes, expand, sameShape, unexpanded } from './shaping.js';

/** Applies an elementwise operator of one value; it moves inside a repetition. */
export function unary(g: Graph, op: string, x: Value, attributes: Parameters<Graph['node']>[2] = {}, dtype: ElementType = x.dtype): Value {
  const core = unexpanded(g, x);
  if (core !== x) return expand(g, unary(g, op, core, attributes, dtype), x.shape);
  return g.node(op, [x], attributes, dtype, x.shape);
}

/** Applies an elementwise operator of two values; what is repeated stays small, and what changes nothing is dropped. */
export function binary(g: Graph, op: string, a: Value, b: Value, dtype: ElementType = a.dtype): Value {
  const shape = broadcastShapes(a.shape, b.shape);
  const [left, right] = [unexpanded(g, a), unexpanded(g, b)];
  const inner = broadcastShapes(left.shape, right.shape);
  // One order for a + b and b + a, so that they are one node.
  const operands = (op === 'Add' || op === 'Mul') && left.id > right.id ? [right, left] : [left, right];
  const result = simplified(g, op, left, right, inner) ?? g.node(op, operands, {}, dtype, inner);
  return expand(g, result, shape);
}

export const add = (g: Graph, a: Value, b: Value): Value => binary(g, 'Add', a, b);
export const sub = (g: Graph, a: Value, b: Value): Value => binary(g, 'Sub', a, b);
export const mul = (g: Graph, a: Value, b: Value): Value => binary(g, 'Mul', a, b);
export const div = (g: Graph, a: Value, b: Value): Value => binary(g, 'Div', a, b);

export function negate(g: Graph, x: Value): Value {
  const splat = splatOf(x);
  if (splat !== undefined) return g.splat(-splat, x.dtype, x.shape);
  const twice = producer(x, 'Neg');
  if (twice !== undefined) return twice.inputs[0];
  const difference = producer(x, 'Sub');
  if (difference !== undefined) return sub(g, difference.inputs[1], difference.inputs[0]);
  const scaled = scaling(x);
  if (scaled !== undefined) return mul(g, scaled.core, g.splat(-scaled.factor, x.dtype));
  return unary(g, 'Neg', x);
}

/** x = core·factor with a constant factor. */
function scaling(x: Value): { readonly core: Value; readonly factor: number } | undefined {
  const node = producer(x, 'Mul');
  if (node === undefined) return undefined;
  for (const [core, factor] of [[node.inputs[0], splatOf(node.inputs[1])], [node.inputs[1], splatOf(node.inputs[0])]] as const) {
    if (factor !== undefined && sameShape(core.shape, x.shape)) return { core, factor };
  }
  return undefined;
}

/** A simpler form of a op b, of the given shape, if there is one. Nothing here changes a result by more than a rounding. */
function simplified(g: Graph, op: string, a: Value, b: Value, shape: readonly number[]): Value | undefined {
  const [left, right] = [splatOf(a), splatOf(b)];
  const [keepsA, keepsB] = [sameShape(a.shape, shape), sameShape(b.shape, shape)];
  switch (op) {
    case 'Add':
      if (right === 0 && keepsA) return a;
      if (left === 0 && keepsB) return b;
      if (producer(b, 'Neg') !== undefined) return sub(g, a, producer(b, 'Neg')!.inputs[0]);
      return producer(a, 'Neg') === undefined ? undefined : sub(g, b, producer(a, 'Neg')!.inputs[0]);
    case 'Sub':
      if (right === 0 && keepsA) return a;
      if (left === 0 && keepsB) return negate(g, b);
      return producer(b, 'Neg') === undefined ? undefined : add(g, a, producer(b, 'Neg')!.inputs[0]);
    case 'Mul':
      if (left !== undefined && keepsB) return scaled(g, b, left);
      if (right !== undefined && keepsA) return scaled(g, a, right);
      return multiplied(g, a, b) ?? multiplied(g, b, a);
    case 'Div':
      return right === 1 && keepsA ? a : undefined;
    case 'Pow':
      return right === undefined || !keepsA ? undefined : powered(g, a, right);
    default:
      return undefined;
  }
}

/** Powers that are faster as products; xʸ is the slowest of all elementwise operators. */
function powered(g: Graph, x: Value, exponent: number): Value | undefined {
  switch (exponent) {
    case 1:
      return x;
    case 2:
      return mul(g, x, x);
    case 3:
      return mul(g, mul(g, x, x), x);
    case 1.5:
      return x.dtype === 'float32' ? mul(g, x, unary(g, 'Sqrt', x)) : undefined;
    default:
      return undefined;
  }
}

/** large·small, where a constant factor of the large one goes over to the small one. */
function multiplied(g: Graph, large: Value, small: Value): Value | undefined {
  const inner = large.dtype === 'float32' && isSmaller(small, large) && splatOf(small) === undefined ? scaling(large) : undefined;
  return inner === undefined ? undefined : mul(g, inner.core, mul(g, small, g.splat(inner.factor, 'float32')));
}

const isSmaller = (a: Value, b: Value): boolean => sizeOf(a.shape) < sizeOf(b.shape);

/** x = large·small, two computed values of unlike size. */
function unevenProduct(x: Value): { readonly large: Value; readonly small: Value } | undefined {
  const node = producer(x, 'Mul');
  if (node === undefined || node.inputs.some((value) => splatOf(value) !== undefined)) return undefined;
  const [a, b] = node.inputs;
  if (isSmaller(b, a) && sameShape(a.shape, x.shape)) return { large: a, small: b };
  return isSmaller(a, b) && sameShape(b.shape, x.shape) ? { large: b, small: a } : undefined;
}

/** A constant factor goes to the smaller of the values that are multiplied. */
function scaledSmaller(g: Graph, x: Value, factor: number): Value | undefined {
  const product = unevenProduct(x);
  if (product !== undefined) return mul(g, product.large, mul(g, product.small, g.splat(factor, 'float32')));
  const square = producer(x, 'Mul');
  const base = square?.inputs[0] === square?.inputs[1] && square !== undefined && factor > 0 ? unevenProduct(square.inputs[0]) : undefined;
  if (base === undefined) return undefined;
  const root = mul(g, base.large, mul(g, base.small, g.splat(Math.sqrt(factor), 'float32')));
  return mul(g, root, root);
}

function scaled(g: Graph, x: Value, factor: number): Value | undefined {
  if (factor === 1) return x;
  if (factor === -1) return negate(g, x);
  const inner = x.dtype === 'float32' ? scaling(x) : undefined;
  if (inner !== undefined) return mul(g, inner.core, g.splat(Math.fround(inner.factor) * factor, 'float32'));
  const negated = producer(x, 'Neg');
  if (negated !== undefined) return mul(g, negated.inputs[0], g.splat(-factor, x.dtype));
  return x.dtype === 'float32' ? scaledSmaller(g, x, factor) : undefined;
}
