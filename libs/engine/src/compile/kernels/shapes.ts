import { sizeOf } from '../../ndarray.js';
import { tf } from '../../tf.js';
import { type ElementType, type Graph, type Value } from '../graph.js';
import { concat, expand, gather, pad, range, reshape, reverse, slice, split, transpose } from '../shaping.js';
import type { Mappings } from './register.js';

type Pairs = readonly (readonly [number, number])[];

const axisOf = (axis: unknown, shape: readonly number[]): number => tf.util.parseAxisParam(axis as number, [...shape])[0];

/** One repetition of an axis of size one is an expansion, which most operators see through. */
function tile(g: Graph, x: Value, repetitions: readonly number[]): Value {
  const shape = x.shape.map((size, axis) => size * repetitions[axis]);
  if (x.shape.every((size, axis) => size === 1 || repetitions[axis] === 1)) return expand(g, x, shape);
  return g.node('Tile', [x, g.ints(repetitions)], {}, x.dtype, shape);
}

/** Reflects at the border: indices 2 1 | 0 1 2 (reflect) or 1 0 | 0 1 2 (symmetric). */
function mirrored(g: Graph, x: Value, paddings: Pairs, offset: number): Value {
  return paddings.reduce((padded, [before, after], axis) => {
    if (before === 0 && after === 0) return padded;
    const size = x.shape[axis];
    const left = range(0, before).map((i) => before - 1 - i + offset);
    const right = range(0, after).map((i) => size - 1 - offset - i);
    const indices = [...left, ...range(0, size), ...right];
    return gather(g, padded, g.constant(Int32Array.from(indices), 'int32', [indices.length]), axis);
  }, x);
}

/** [N·b.., h.., C] to [N, h·b.., C], cut. */
function batchToSpace(g: Graph, x: Value, block: number[], crops: number[][]): Value {
  const blockSize = block.reduce((a, b) => a * b, 1);
  const open = tf.backend_util.getReshaped([...x.shape], block, blockSize);
  const order = tf.backend_util.getPermuted(open.length, block.length);
  const whole = tf.backend_util.getReshapedPermuted([...x.shape], block, blockSize);
  const moved = reshape(g, transpose(g, reshape(g, x, open), order), whole);
  const cropOf = (axis: number): readonly number[] => (axis === 0 ? [0, 0] : (crops[axis - 1] ?? [0, 0]));
  return slice(g, moved, whole.map((_, axis) => cropOf(axis)[0]), whole.map((size, axis) => size - cropOf(axis)[0] - cropOf(axis)[1]));
}

function spaceToBatch(g: Graph, x: Value, block: number[], paddings: [number, number][]): Value {
  const blockSize = block.reduce((a, b) => a * b, 1);
  const complete: [number, number][] = [[0, 0], ...paddings, ...range(1 + block.length, x.shape.length).map((): [number, number] => [0, 0])];
  const padded = pad(g, x, complete, 0);
  const open = tf.backend_util.getReshaped([...padded.shape], block, blockSize, false);
  const order = tf.backend_util.getPermuted(open.length, block.length, false);
  const whole = tf.backend_util.getReshapedPermuted([...padded.shape], block, blockSize, false);
  return reshape(g, transpose(g, reshape(g, padded, open), order), whole);
}

function depthToSpace(g: Graph, x: Value, block: number): Value {
  const [batch, height, width, depth] = x.shape;
  const channels = depth / (block * block);
  const moved = transpose(g, reshape(g, x, [batch, height, width, block, block, channels]), [0, 1, 3, 2, 4, 5]);
  return reshape(g, moved, [batch, height * block, width * block, channels]);
}

function stridedSlice(g: Graph, x: Value, attributes: { readonly [name: string]: unknown }): Value {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes as { [name: string]: number & number[] };
  const info = tf.slice_util.sliceInfo([...x.shape], begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  const size = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
  if (size.some((each) => each === 0)) return g.splat(0, x.dtype, info.finalShape);
  return reshape(g, slice(g, x, info.begin, size, info.strides), info.finalShape);
}

function unpack(g: Graph, x: Value, axis: number): Value[] {
  const rest = x.shape.filter((_, i) => i !== axis);
  return split(g, x, range(0, x.shape[axis]).map(() => 1), axis).map((part) => reshape(g, part, rest));
}

function pack(g: Graph, parts: readonly Value[], axis: number): Value {
  const shape = [...parts[0].shape];
  shape.splice(axis, 0, 1);
  return concat(g, parts.map((part) => reshape(g, part, shape)), axis);
}

const splat = (g: Graph, element: number, dtype: unknown, shape: readonly number[]): Value => g.splat(element, (dtype ?? 'float32') as ElementType, shape);

/** Operators that move, repeat, cut or make elements. */
export const shapes: Mappings = {
  BatchToSpaceND: (g, { x }, { blockShape, crops }) => batchToSpace(g, x, blockShape as number[], crops as number[][]),
  Concat: (g, inputs, { axis }) => {
    const parts = Object.values(inputs);
    return concat(g, parts, axisOf(axis, parts[0].shape));
  },
  DepthToSpace: (g, { x }, { blockSize, dataFormat }) => {
    if (dataFormat !== 'NHWC') throw new Error(`depthToSpace: the data format must be NHWC, got ${String(dataFormat)}`);
    return depthToSpace(g, x, blockSize as number);
  },
  ExpandDims: (g, { input }, { dim }) => {
    const shape = [...input.shape];
    shape.splice((dim as number) < 0 ? (dim as number) + shape.length + 1 : (dim as number), 0, 1);
    return reshape(g, input, shape);
  },
  Fill: (g, _, { shape, value, dtype }) => splat(g, Number(value), dtype, shape as number[]),
  FlipLeftRight: (g, { image }) => reverse(g, image, [2]),
  MirrorPad: (g, { x }, { paddings, mode }) => mirrored(g, x, paddings as Pairs, mode === 'reflect' ? 1 : 0),
  OnesLike: (g, { x }) => splat(g, 1, x.dtype, x.shape),
  Pack: (g, inputs, { axis }) => {
    const parts = Object.values(inputs);
    return pack(g, parts, (axis as number) < 0 ? (axis as number) + parts[0].shape.length + 1 : (axis as number));
  },
  PadV2: (g, { x }, { paddings, constantValue }) => pad(g, x, paddings as Pairs, constantValue as number),
  Reshape: (g, { x }, { shape }) => reshape(g, x, tf.util.inferFromImplicitShape(shape as number[], sizeOf(x.shape))),
  Reverse: (g, { x }, { dims }) => reverse(g, x, tf.util.parseAxisParam(dims as number[], [...x.shape])),
  Slice: (g, { x }, { begin, size }) => {
    const [from, sizes] = tf.slice_util.parseSliceParams({ ...x, shape: [...x.shape] } as unknown as tf.TensorInfo, begin as number[], size as number[]);
    return slice(g, x, from, sizes);
  },
  SpaceToBatchND: (g, { x }, { blockShape, paddings }) => spaceToBatch(g, x, blockShape as number[], paddings as [number, number][]),
  SplitV: (g, { x }, { numOrSizeSplits, axis }) => {
    const at = axisOf(axis, x.shape);
    return split(g, x, tf.backend_util.prepareSplitSize(x as unknown as tf.Tensor, numOrSizeSplits as number[], at), at);
  },
  StridedSlice: (g, { x }, attributes) => stridedSlice(g, x, attributes),
  Tile: (g, { x }, { reps }) => tile(g, x, reps as number[]),
  Transpose: (g, { x }, { perm }) => transpose(g, x, perm as number[]),
  Unpack: (g, { value }, { axis }) => unpack(g, value, axisOf(axis, value.shape)),
  ZerosLike: (g, { x }) => splat(g, 0, x.dtype, x.shape),
};
