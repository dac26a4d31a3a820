import { sizeOf } from '../ndarray.js';
import { type ElementType, type Graph, producer, splatOf, type Value } from './graph.js';

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

export const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** The numbers that ONNX gives to element types. */
export const typeCodes: { readonly [D in ElementType]: number } = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

/** The same elements in another shape; a reshape of a reshape is one. */
export function reshape(g: Graph, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const splat = splatOf(x);
  if (splat !== undefined) return g.splat(splat, x.dtype, shape);
  if (x.source.kind === 'constant') return g.constant(x.source.elements, x.dtype, shape);
  const inner = producer(x, 'Reshape');
  if (inner !== undefined) return reshape(g, inner.inputs[0], shape);
  return g.node('Reshape', [x, g.ints(shape)], shape.includes(0) ? { allowzero: 1 } : {}, x.dtype, shape);
}

/** Drops transposes that change nothing, and those that only move axes of size one, which is a reshape. */
export function transpose(g: Graph, x: Value, order: readonly number[]): Value {
  if (order.every((axis, i) => axis === i)) return x;
  const shape = order.map((axis) => x.shape[axis]);
  const splat = splatOf(x);
  if (splat !== undefined) return g.splat(splat, x.dtype, shape);
  const inner = producer(x, 'Transpose');
  if (inner !== undefined) {
    const first = inner.attributes.perm as readonly number[];
    return transpose(g, inner.inputs[0], order.map((axis) => first[axis]));
  }
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1])) return reshape(g, x, shape);
  return g.node('Transpose', [x], { perm: order }, x.dtype, shape);
}

/** Repeats along axes of size one, and new leading ones. Elementwise operators see through it, so that most are never computed. */
export function expand(g: Graph, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const splat = splatOf(x);
  if (splat !== undefined) return g.splat(splat, x.dtype, shape);
  if (sizeOf(x.shape) === sizeOf(shape)) return reshape(g, x, shape);
  const inner = producer(x, 'Expand');
  if (inner !== undefined) return expand(g, inner.inputs[0], shape);
  return g.node('Expand', [x, g.ints(shape)], {}, x.dtype, shape);
}

/** A value without its repetitions: what {@link expand} was given, and a splat as a scalar. */
export function unexpanded(g: Graph, x: Value): Value {
  const splat = splatOf(x);
  if (splat !== undefined) return g.splat(splat, x.dtype);
  return producer(x, 'Expand')?.inputs[0] ?? x;
}

export function cast(g: Graph, x: Value, dtype: ElementType): Value {
  if (x.dtype === dtype) return x;
  const splat = splatOf(x);
  if (splat !== undefined) return g.splat(splat, dtype, x.shape);
  const core = unexpanded(g, x);
  if (core !== x) return expand(g, cast(g, core, dtype), x.shape);
  const inner = producer(x, 'Cast');
  // What was a truth value is 0 or 1 in any type.
  if (inner !== undefined && inner.inputs[0].dtype === 'bool') return cast(g, inner.inputs[0], dtype);
  return g.node('Cast', [x], { to: typeCodes[dtype] }, dtype, x.shape);
}

/** Part of a tensor: elements from begin on, size of them, every stride-th; strides may be negative. */
export function slice(g: Graph, x: Value, begin: readonly number[], size: readonly number[], strides: readonly number[] = begin.map(() => 1)): Value {
  const axes = range(0, x.shape.length).filter((axis) => begin[axis] !== 0 || size[axis] !== x.shape[axis] || strides[axis] !== 1);
  if (axes.length === 0) return x;
  const splat = splatOf(x);
  if (splat !== undefined) return g.splat(splat, x.dtype, size);
  // Before the first element there is no index: any number below -size means it.
  const end = (axis: number) => {
    const last = begin[axis] + size[axis] * strides[axis];
    return last < 0 ? -(2 ** 31) : last;
  };
  const pick = (of: (axis: number) => number) => g.ints(axes.map(of));
  return g.node('Slice', [x, pick((axis) => begin[axis]), pick(end), pick((axis) => axis), pick((axis) => strides[axis])], {}, x.dtype, size);
}

/** Reverses axes. */
export function reverse(g: Graph, x: Value, axes: readonly number[]): Value {
  const turned = x.shape.map((_, axis) => axes.includes(axis));
  return slice(g, x, x.shape.map((size, axis) => (turned[axis] ? size - 1 : 0)), x.shape, turned.map((each) => (each ? -1 : 1)));
}

export function concat(g: Graph, parts: readonly Value[], axis: number): Value {
  const filled = parts.filter((part) => part.shape[axis] !== 0);
  if (filled.length === 1) return filled[0];
  const shape = parts[0].shape.map((size, at) => (at === axis ? filled.reduce((sum, part) => sum + part.shape[axis], 0) : size));
  return g.node('Concat', filled, { axis }, parts[0].dtype, shape);
}

/** Parts of the given sizes along an axis. */
export function split(g: Graph, x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  if (sizes.length === 1) return [x];
  const splat = splatOf(x);
  const shapes = sizes.map((size) => x.shape.map((whole, at) => (at === axis ? size : whole)));
  if (splat !== undefined) return shapes.map((shape) => g.splat(splat, x.dtype, shape));
  if (sizes.length > g.widestSplit) {
    const groups = Array.from({ length: Math.ceil(sizes.length / g.widestSplit) }, (_, i) => sizes.slice(i * g.widestSplit, (i + 1) * g.widestSplit));
    const parts = split(g, x, groups.map((group) => group.reduce((sum, size) => sum + size, 0)), axis);
    return groups.flatMap((group, i) => split(g, parts[i], group, axis));
  }
  return g.nodeOutputs('Split', [x, g.ints(sizes)], { axis }, shapes.map((shape) => ({ dtype: x.dtype, shape })));
}

/** Elements before and after along each axis. */
export function pad(g: Graph, x: Value, paddings: readonly (readonly [number, number])[], element: number): Value {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  if (x.dtype === 'bool') return cast(g, pad(g, cast(g, x, 'int32'), paddings, element), 'bool');
  const shape = x.shape.map((size, axis) => size + paddings[axis][0] + paddings[axis][1]);
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  return g.node('Pad', [x, g.ints(pads), g.splat(element, x.dtype)], {}, x.dtype, shape);
}

/** Picks along an axis by a tensor of indices. */
export function gather(g: Graph, x: Value, indices: Value, axis: number): Value {
  return g.node('Gather', [x, indices], { axis }, x.dtype, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
}

export function where(g: Graph, condition: Value, yes: Value, no: Value): Value {
  const shape = broadcastShapes(broadcastShapes(condition.shape, yes.shape), no.shape);
  const known = splatOf(condition);
  if (known !== undefined) return expand(g, known === 0 ? no : yes, shape);
  const cores = [condition, yes, no].map((value) => unexpanded(g, value));
  const inner = cores.map((value) => value.shape).reduce(broadcastShapes);
  return expand(g, g.node('Where', [cast(g, cores[0], 'bool'), cores[1], cores[2]], {}, yes.dtype, inner), shape);
}

/** @throws when the shapes do not broadcast. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return range(0, rank).map((i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw new Error(`the shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
    return left === 1 ? right : left;
  });
}
