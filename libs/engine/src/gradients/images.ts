import * as tf from '@tensorflow/tfjs';
import { repair } from './repair.js';
import { offTape } from '../offTape.js';
import type { Attributes } from './repair.js';

type Pair = [number, number];
type Padding = Parameters<typeof tf.conv2d>[3];

const pair = (value: unknown): Pair => (typeof value === 'number' ? [value, value] : (value as Pair));

function convolution(x: tf.Tensor, filter: tf.Tensor, strides: Pair, pad: Padding, dilations: Pair = [1, 1]): tf.Tensor4D {
  return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', dilations);
}

/** The explicit padding of a convolution: [top, bottom], [left, right]. */
function paddingOf(xShape: number[], filterShape: number[], strides: Pair, dilations: Pair, pad: Padding): [Pair, Pair] {
  type Four = [number, number, number, number];
  const { padInfo } = tf.backend_util.computeConv2DInfo(xShape as Four, filterShape as Four, strides, dilations, pad as 'same');
  return [
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
  ];
}

/**
 * ∂L/∂filter as a convolution: the batch takes the place of the channels, ∂y that of the filter, and strides and dilations change places.
 * x [N, H, W, C], dy [N, h, w, O] to [fh, fw, C, O].
 */
export function convolutionFilterGradient(x: tf.Tensor, dy: tf.Tensor, filterShape: number[], strides: Pair, pad: Padding, dilations: Pair): tf.Tensor {
  const [rows, columns] = paddingOf(x.shape, filterShape, strides, dilations, pad);
  const padded = x.pad([[0, 0], rows.map((n) => Math.max(0, n)) as Pair, columns.map((n) => Math.max(0, n)) as Pair, [0, 0]]);
  const result = convolution(padded.transpose([3, 1, 2, 0]), dy.transpose([1, 2, 0, 3]), dilations, 'valid', strides);
  return result.slice([0, 0, 0, 0], [filterShape[2], filterShape[0], filterShape[1], filterShape[3]]).transpose([1, 2, 0, 3]);
}

/** ∂L/∂x of a convolution with stride one: ∂y, widened by the reach of the filter, convolved with the filter turned by half a turn, cut to the size of x. */
function dilatedInputGradient(xShape: number[], dy: tf.Tensor, filter: tf.Tensor, pad: Padding, dilations: Pair): tf.Tensor {
  const [[top], [left]] = paddingOf(xShape, filter.shape, [1, 1], dilations, pad);
  const reach = dilations.map((dilation, i) => (filter.shape[i] - 1) * dilation);
  const widened = dy.pad([[0, 0], [reach[0], reach[0]], [reach[1], reach[1]], [0, 0]]);
  const full = convolution(widened, filter.reverse([0, 1]).transpose([0, 1, 3, 2]), [1, 1], 'valid', dilations);
  return full.slice([0, top, left, 0], xShape as [number, number, number, number]);
}

function inputGradient(xShape: number[], dy: tf.Tensor, filter: tf.Tensor, strides: Pair, pad: Padding): tf.Tensor {
  return tf.conv2dTranspose(dy as tf.Tensor4D, filter as tf.Tensor4D, xShape as [number, number, number, number], strides, pad as 'same');
}

function filterGradient(x: tf.Tensor, dy: tf.Tensor, filterShape: number[], attributes: { strides: Pair; pad: Padding }): tf.Tensor {
  return tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape, dataFormat: 'NHWC' } as unknown as tf.NamedAttrMap);
}

function repairConvolutions(): void {
  repair('Conv2D', { inputs: ['x', 'filter'] }, (dy, [x, filter], { dataFormat, ...rest }) => {
    if (dataFormat !== 'NHWC') throw new Error(`conv2d: the gradient needs the data format NHWC, got ${String(dataFormat)}`);
    const [strides, dilations, pad] = [pair(rest.strides), pair(rest.dilations), rest.pad as Padding];
    const dilated = dilations.some((dilation) => dilation > 1);
    return {
      x: () => (dilated ? dilatedInputGradient(x.shape, dy, filter, pad, dilations) : inputGradient(x.shape, dy, filter, strides, pad)),
      filter: () => (dilated ? convolutionFilterGradient(x, dy, filter.shape, strides, pad, dilations) : filterGradient(x, dy, filter.shape, { strides, pad })),
    };
  });
  repair('Conv2DBackpropFilter', { inputs: ['x', 'dy'] }, (ddFilter, [x, dy], { strides, pad }) => ({
    x: () => inputGradient(x.shape, dy, ddFilter, pair(strides), pad as Padding),
    dy: () => convolution(x, ddFilter, pair(strides), pad as Padding),
  }));
}

/** Depthwise convolution is linear in the image and in the filter, and so are its two gradients: each is the gradient of the others. */
function repairDepthwiseConvolutions(): void {
  const run = (kernel: string, inputs: tf.NamedTensorMap, attributes: object) => tf.engine().runKernel<tf.Tensor>(kernel, inputs, attributes as tf.NamedAttrMap);
  repair('DepthwiseConv2dNativeBackpropInput', { inputs: ['dy', 'filter'] }, (ddx, [dy, filter], { inputShape: _, ...rest }) => ({
    dy: () => run('DepthwiseConv2dNative', { x: ddx, filter }, rest),
    filter: () => run('DepthwiseConv2dNativeBackpropFilter', { x: ddx, dy }, { ...rest, filterShape: filter.shape }),
  }));
  repair('DepthwiseConv2dNativeBackpropFilter', { inputs: ['x', 'dy'] }, (ddFilter, [x, dy], { filterShape: _, ...rest }) => ({
    x: () => run('DepthwiseConv2dNativeBackpropInput', { dy, filter: ddFilter }, { ...rest, inputShape: x.shape }),
    dy: () => run('DepthwiseConv2dNative', { x, filter: ddFilter }, rest),
  }));
}

/** The matrix [in, out] of an average over windows along one axis. What lies in the padding is not counted. */
function averageMatrix(inSize: number, outSize: number, window: number, stride: number, before: number): tf.Tensor2D {
  const matrix = tf.util.makeZerosTypedArray(inSize * outSize, 'float32');
  for (let out = 0; out < outSize; out++) {
    const from = Math.max(0, out * stride - before);
    const to = Math.min(inSize, out * stride - before + window);
    for (let at = from; at < to; at++) matrix[at * outSize + out] = 1 / (to - from);
  }
  return tf.tensor2d(matrix, [inSize, outSize]);
}

/** rows [in, out] · dy · columns [in, out]ᵀ for each image and channel of dy [B, h, w, C]: the gradient of what is linear along both axes. */
function separableGradient(dy: tf.Tensor, rows: tf.Tensor2D, columns: tf.Tensor2D): tf.Tensor {
  const planes = dy.toFloat().transpose([0, 3, 1, 2]);
  return tf.matMul(tf.matMul(rows, planes), columns, false, true).transpose([0, 2, 3, 1]);
}

function repairPooling(): void {
  // TensorFlow.js divides by the size of the window even where it reaches into the padding.
  repair('AvgPool', { inputs: ['x'] }, (dy, [x], { filterSize, strides, pad, dimRoundingMode }) => ({
    x: () => {
      const info = tf.backend_util.computePool2DInfo(x.shape as [number, number, number, number], filterSize as Pair, strides as Pair, 1, pad as 'same', dimRoundingMode as 'floor');
      const rows = averageMatrix(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top);
      return separableGradient(dy, rows, averageMatrix(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left));
    },
  }));
  repair('MaxPool', { inputs: ['x'] }, (dy, [x], attributes) => ({ x: () => maxPoolGradient(dy, x as tf.Tensor4D, attributes) }));
}

/**
 * ∂y goes to the winners of the windows, by their numbers: the gradient kernel of TensorFlow.js is wrong on wasm and itself has no gradient anywhere.
 * Only where the numbers are not to be had (tfjs-node) it is used, and there the second order is missing.
 */
function maxPoolGradient(dy: tf.Tensor, x: tf.Tensor4D, attributes: Attributes): tf.Tensor {
  const [filterSize, strides, pad] = [attributes.filterSize as Pair, attributes.strides as Pair, attributes.pad as 'same'];
  if (tf.getKernel('MaxPoolWithArgmax', tf.getBackend()) === undefined) {
    const output = offTape(() => tf.maxPool(x, filterSize, strides, pad));
    return tf.engine().runKernel('MaxPoolGrad', { dy, input: x, output }, attributes as tf.NamedAttrMap);
  }
  const winners = offTape(() => tf.maxPoolWithArgmax(x, filterSize, strides, pad, true).indexes.toInt().reshape([-1, 1]));
  return tf.scatterND(winners, dy.flatten(), [x.size]).reshape(x.shape);
}

/** A resize is linear along each axis. Its matrix [in, out] is what the op makes of the unit vectors. */
function resizeMatrix(kernel: string, inSize: number, outSize: number, attributes: object): tf.Tensor2D {
  return offTape(() => {
    const images = tf.eye(inSize).reshape([inSize, inSize, 1, 1]);
    return tf.engine().runKernel<tf.Tensor>(kernel, { images }, { ...attributes, size: [outSize, 1] } as unknown as tf.NamedAttrMap).reshape([inSize, outSize]) as tf.Tensor2D;
  });
}

function repairResizing(kernel: string): void {
  repair(kernel, { inputs: ['images'] }, (dy, [images], attributes) => ({
    images: () => {
      const [, height, width] = images.shape;
      const [, outHeight, outWidth] = dy.shape;
      return separableGradient(dy, resizeMatrix(kernel, height, outHeight, attributes), resizeMatrix(kernel, width, outWidth, attributes));
    },
  }));
}

/** Gradients of convolution, pooling and resizing. */
export function repairImages(): void {
  repairConvolutions();
  repairDepthwiseConvolutions();
  repairPooling();
  repairResizing('ResizeBilinear');
  repairResizing('ResizeNearestNeighbor');
}
