import { tf } from '../../tf.js';
import { add, binary, div, mul, sub, unary } from '../algebra.js';
import { type Graph, type NodeAttributes, type Value } from '../graph.js';
import { cast, concat, pad, range, reshape, slice, transpose } from '../shaping.js';
import { gemm, matMul } from './products.js';
import type { Attributes, Mappings } from './register.js';

type Four = [number, number, number, number];
type Pair = [number, number];

interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Top, left, bottom, right. */
  readonly pads: readonly number[];
}

const pair = (value: unknown): Pair => (value === undefined ? [1, 1] : typeof value === 'number' ? [value, value] : (value as Pair));
const toChannelsFirst = (g: Graph, x: Value): Value => transpose(g, x, [0, 3, 1, 2]);
const toChannelsLast = (g: Graph, x: Value): Value => transpose(g, x, [0, 2, 3, 1]);
const windowAttributes = ({ strides, dilations, pads }: Window): NodeAttributes => ({ strides, dilations, pads });

function onlyNhwc({ dataFormat }: Attributes): void {
  if (dataFormat !== undefined && dataFormat !== 'NHWC') throw new Error(`images must have the data format NHWC, got ${String(dataFormat)}`);
}

function convolutionWindow(xShape: readonly number[], filterShape: readonly number[], attributes: Attributes, depthwise = false): Window {
  onlyNhwc(attributes);
  const { pad: padding, dimRoundingMode } = attributes;
  const [strides, dilations] = [pair(attributes.strides), pair(attributes.dilations)];
  const { padInfo } = tf.backend_util.computeConv2DInfo(xShape as Four, filterShape as Four, strides, dilations, padding as 'same', dimRoundingMode as 'floor', depthwise);
  return { strides, dilations, pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right] };
}

/** The size of the output of a window that slides over an input. */
function slid(size: number, window: number, { strides, dilations, pads }: Window, axis: number): number {
  return Math.floor((size + pads[axis] + pads[axis + 2] - (window - 1) * dilations[axis] - 1) / strides[axis]) + 1;
}

/** x [N, C, H, W] with a filter [O, C / group, h, w]. */
function convolve(g: Graph, x: Value, filter: Value, window: Window, group = 1): Value {
  const [batch, , height, width] = x.shape;
  const [out, , h, w] = filter.shape;
  const shape = [batch, out, slid(height, h, window, 0), slid(width, w, window, 1)];
  return g.node('Conv', [x, filter], { ...windowAttributes(window), kernel_shape: [h, w], group }, 'float32', shape);
}

/** ∂L/∂x [N, H, W, C] from ∂y [N, o, h, w]; the filter is [o, C / group, kh, kw]. */
function convolveBack(g: Graph, dy: Value, filter: Value, inputShape: readonly number[], window: Window, group = 1): Value {
  const [batch, height, width, channels] = inputShape;
  const [, , kh, kw] = filter.shape;
  const reach = (out: number, kernel: number, axis: number) => (out - 1) * window.strides[axis] + (kernel - 1) * window.dilations[axis] + 1 - window.pads[axis] - window.pads[axis + 2];
  const missing = [height - reach(dy.shape[2], kh, 0), width - reach(dy.shape[3], kw, 1)];
  const image = g.node('ConvTranspose', [dy, filter], { ...windowAttributes(window), kernel_shape: [kh, kw], group, output_padding: missing }, 'float32', [batch, channels, height, width]);
  return toChannelsLast(g, image);
}

/** A border that no window reached has no gradient. */
function cut(g: Graph, x: Value, height: number, width: number): Value {
  const [first, second] = x.shape;
  const smaller = slice(g, x, [0, 0, 0, 0], [first, second, Math.min(height, x.shape[2]), Math.min(width, x.shape[3])]);
  return pad(g, smaller, [[0, 0], [0, 0], [0, height - smaller.shape[2]], [0, width - smaller.shape[3]]], 0);
}

/** Strides and dilations change places when ∂y slides over the input. */
const exchanged = ({ strides, dilations, pads }: Window): Window => ({ strides: dilations, dilations: strides, pads });

/** Patches of more elements are not written out. */
const WRITTEN_PATCHES = 2 ** 22;

/** ∂L/∂filter of windows that move by one: one product of all the patches [N·h·w, kh·kw·C] that they see with ∂y, which is faster than a convolution with as large a window. */
function filterGradientByPatches(g: Graph, x: Value, dy: Value, filterShape: readonly number[], { strides, dilations, pads: [top, left, bottom, right] }: Window): Value | undefined {
  const [kh, kw, channels, out] = filterShape;
  const [batch, height, width] = dy.shape;
  const rows = batch * height * width;
  if ([...strides, ...dilations].some((each) => each !== 1) || rows * kh * kw * channels > WRITTEN_PATCHES) return undefined;
  const padded = pad(g, x, [[0, 0], [top, bottom], [left, right], [0, 0]], 0);
  const seen = range(0, kh * kw).map((place) => slice(g, padded, [0, Math.floor(place / kw), place % kw, 0], [batch, height, width, channels]));
  const patches = reshape(g, concat(g, seen, 3), [rows, kh * kw * channels]);
  return reshape(g, gemm(g, { value: patches, transposed: true }, { value: reshape(g, dy, [rows, out]), transposed: false }), filterShape);
}

/** ∂L/∂filter [kh, kw, C, O]: channels take the place of the batch. */
function filterGradient(g: Graph, x: Value, dy: Value, filterShape: readonly number[], window: Window): Value {
  const product = filterGradientByPatches(g, x, dy, filterShape, window);
  if (product !== undefined) return product;
  const [kh, kw] = filterShape;
  const full = convolve(g, transpose(g, x, [3, 0, 1, 2]), transpose(g, dy, [3, 0, 1, 2]), exchanged(window));
  return transpose(g, cut(g, full, kh, kw), [2, 3, 0, 1]);
}

/** [kh, kw, C, M] to [C·M, 1, kh, kw]. */
function depthwiseFilter(g: Graph, filter: Value): Value {
  const [kh, kw, channels, multiplier] = filter.shape;
  return reshape(g, transpose(g, filter, [2, 3, 0, 1]), [channels * multiplier, 1, kh, kw]);
}

function depthwiseFilterGradient(g: Graph, x: Value, dy: Value, filterShape: readonly number[], window: Window): Value {
  const [kh, kw, channels, multiplier] = filterShape;
  const [batch, height, width] = x.shape;
  // One group a channel, whose inputs are the images of the batch.
  const images = reshape(g, transpose(g, x, [3, 0, 1, 2]), [1, channels * batch, height, width]);
  const full = convolve(g, images, transpose(g, dy, [3, 0, 1, 2]), exchanged(window), channels);
  return transpose(g, reshape(g, cut(g, full, kh, kw), [channels, multiplier, kh, kw]), [2, 3, 0, 1]);
}

function poolWindow(x: Value, { filterSize, strides, pad: padding, dimRoundingMode }: Attributes): { readonly window: Window; readonly size: Pair; readonly shape: number[] } {
  const info = tf.backend_util.computePool2DInfo(x.shape as Four, pair(filterSize), pair(strides), 1, padding as 'same', dimRoundingMode as 'floor');
  const { top, left, bottom, right } = info.padInfo;
  return { window: { strides: [info.strideHeight, info.strideWidth], dilations: [1, 1], pads: [top, left, bottom, right] }, size: [info.filterHeight, info.filterWidth], shape: [info.batchSize, info.inChannels, info.outHeight, info.outWidth] };
}

function pool(g: Graph, op: string, x: Value, attributes: Attributes): Value {
  const { window, size, shape } = poolWindow(x, attributes);
  const extra: NodeAttributes = op === 'AveragePool' ? { count_include_pad: 0 } : {};
  const { strides, pads } = window;
  return toChannelsLast(g, g.node(op, [toChannelsFirst(g, x)], { kernel_shape: size, strides, pads, ...extra }, 'float32', shape));
}

/** The numbers of the winners: those of ONNX count [N, C, H, W], those of TensorFlow [N, H, W, C]. */
function maxPoolWithArgmax(g: Graph, x: Value, attributes: Attributes): Value[] {
  const { window, size, shape } = poolWindow(x, attributes);
  const [, height, width, channels] = x.shape;
  const { strides, pads } = window;
  const [values, numbers] = g.nodeOutputs('MaxPool', [toChannelsFirst(g, x)], { kernel_shape: size, strides, pads }, [
    { dtype: 'float32', shape },
    { dtype: 'int64', shape },
  ]);
  const whole = cast(g, numbers, 'int32');
  const int = (value: number) => g.splat(value, 'int32');
  const plane = height * width;
  const inPlane = binary(g, 'Mod', whole, int(plane));
  const channel = binary(g, 'Mod', div(g, whole, int(plane)), int(channels));
  const image = attributes.includeBatchInIndex === true ? mul(g, div(g, whole, int(plane * channels)), int(plane)) : int(0);
  const winners = add(g, mul(g, add(g, image, inPlane), int(channels)), channel);
  return [toChannelsLast(g, values), toChannelsLast(g, winners)];
}

/** The matrix [in, out] of a resize along one axis: what the kernel of the cpu backend makes of the unit vectors. */
function resizeMatrix(g: Graph, kernelName: string, size: number, outSize: number, attributes: Attributes): Value {
  const unit = Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
  const images = tf.engine().makeTensor(unit, [size, size, 1, 1], 'float32');
  const resized = tf.engine().runKernel<tf.Tensor>(kernelName, { images }, { ...attributes, size: [outSize, 1] } as unknown as tf.NamedAttrMap);
  const elements = resized.dataSync<'float32'>();
  tf.dispose([images, resized]);
  return g.constant(elements, 'float32', [size, outSize]);
}

function resize(g: Graph, kernelName: string, images: Value, attributes: Attributes): Value {
  const [, height, width] = images.shape;
  const [outHeight, outWidth] = attributes.size as Pair;
  const planes = toChannelsFirst(g, cast(g, images, 'float32'));
  const rows = resizeMatrix(g, kernelName, height, outHeight, attributes);
  const columns = resizeMatrix(g, kernelName, width, outWidth, attributes);
  return toChannelsLast(g, matMul(g, rows, matMul(g, planes, columns, false, false), true, false));
}

function batchNorm(g: Graph, { x, mean, variance, offset, scale }: { readonly [name: string]: Value }, epsilon: number): Value {
  const deviation = unary(g, 'Sqrt', add(g, variance, g.splat(epsilon, 'float32')));
  const normal = div(g, sub(g, x, mean), deviation);
  const scaled = scale === undefined ? normal : mul(g, normal, scale);
  return offset === undefined ? scaled : add(g, scaled, offset);
}

/** Convolution, pooling and resizing of images [N, H, W, C]. */
export const images: Mappings = {
  AvgPool: (g, { x }, attributes) => pool(g, 'AveragePool', x, attributes),
  Conv2D: (g, { x, filter }, attributes) =>
    toChannelsLast(g, convolve(g, toChannelsFirst(g, x), transpose(g, filter, [3, 2, 0, 1]), convolutionWindow(x.shape, filter.shape, attributes))),
  Conv2DBackpropFilter: (g, { x, dy }, attributes) => {
    const shape = attributes.filterShape as number[];
    return filterGradient(g, x, dy, shape, convolutionWindow(x.shape, shape, attributes));
  },
  Conv2DBackpropInput: (g, { dy, filter }, attributes) => {
    const shape = attributes.inputShape as number[];
    return convolveBack(g, toChannelsFirst(g, dy), transpose(g, filter, [3, 2, 0, 1]), shape, convolutionWindow(shape, filter.shape, attributes));
  },
  DepthwiseConv2dNative: (g, { x, filter }, attributes) =>
    toChannelsLast(g, convolve(g, toChannelsFirst(g, x), depthwiseFilter(g, filter), convolutionWindow(x.shape, filter.shape, attributes, true), x.shape[3])),
  DepthwiseConv2dNativeBackpropFilter: (g, { x, dy }, attributes) => {
    const shape = attributes.filterShape as number[];
    return depthwiseFilterGradient(g, x, dy, shape, convolutionWindow(x.shape, shape, attributes, true));
  },
  DepthwiseConv2dNativeBackpropInput: (g, { dy, filter }, attributes) => {
    const shape = attributes.inputShape as number[];
    return convolveBack(g, toChannelsFirst(g, dy), depthwiseFilter(g, filter), shape, convolutionWindow(shape, filter.shape, attributes, true), shape[3]);
  },
  FusedBatchNorm: (g, inputs, { varianceEpsilon }) => batchNorm(g, inputs, varianceEpsilon as number),
  MaxPool: (g, { x }, attributes) => pool(g, 'MaxPool', x, attributes),
  MaxPoolWithArgmax: (g, { x }, attributes) => maxPoolWithArgmax(g, x, attributes),
  ResizeBilinear: (g, { images: x }, attributes) => resize(g, 'ResizeBilinear', x, attributes),
  ResizeNearestNeighbor: (g, { images: x }, attributes) => resize(g, 'ResizeNearestNeighbor', x, attributes),
};
