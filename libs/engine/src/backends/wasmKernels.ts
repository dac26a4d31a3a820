import * as tf from '@tensorflow/tfjs';
import { convolutionFilterGradient } from '../gradients/images.js';

type Inputs = { readonly [name: string]: tf.Tensor };
type Attributes = { readonly [name: string]: unknown };

const BACKEND = 'wasm';

/** Registers a kernel for wasm that is composed of other ops. */
function compose(kernelName: string, kernel: (inputs: Inputs, attributes: Attributes) => tf.Tensor): void {
  if (tf.getKernel(kernelName, BACKEND) !== undefined) tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => tf.tidy(() => kernel(inputs as unknown as Inputs, (attrs ?? {}) as unknown as Attributes)),
  });
}

/** x [B.., n, I..] at indices [B.., K..] as one gather of rows: those of batch b start at b·n. */
function gatherBatches(x: tf.Tensor, indices: tf.Tensor, batchDims: number): tf.Tensor {
  const batch = tf.util.sizeFromShape(x.shape.slice(0, batchDims));
  const n = x.shape[batchDims];
  const starts = tf.range(0, batch, 1, 'int32').mul(tf.scalar(n, 'int32')).reshape([batch, 1]);
  const rows = x.reshape([batch * n, ...x.shape.slice(batchDims + 1)]);
  const picked = tf.gather(rows, indices.toInt().reshape([batch, -1]).add(starts).flatten());
  return picked.reshape([...indices.shape, ...x.shape.slice(batchDims + 1)]);
}

/** The kernel of wasm traps with batchDims: moves the gathered axis behind the batch, gathers rows, and moves the result back. */
function repairGather(): void {
  const original = tf.getKernel('GatherV2', BACKEND);
  if (original === undefined) throw new Error('chooseBackend: the wasm backend has no kernel GatherV2 to repair');
  tf.unregisterKernel('GatherV2', BACKEND);
  tf.registerKernel({
    ...original,
    kernelFunc: (parameters) => {
      const { axis, batchDims } = parameters.attrs as unknown as { axis: number; batchDims: number };
      if (!batchDims) return original.kernelFunc(parameters);
      const { x, indices } = parameters.inputs as unknown as { x: tf.Tensor; indices: tf.Tensor };
      return tf.tidy(() => {
        const at = axis < 0 ? axis + x.rank : axis;
        const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
        const behindBatch = [...range(0, batchDims), at, ...range(batchDims, at), ...range(at + 1, x.rank)];
        const picked = gatherBatches(x.transpose(behindBatch), indices, batchDims);
        const outer = range(indices.rank, indices.rank + at - batchDims);
        return picked.transpose([...range(0, batchDims), ...outer, ...range(batchDims, indices.rank), ...range(indices.rank + at - batchDims, picked.rank)]);
      });
    },
  });
}

type Size = [number, number];

/**
 * The kernel of wasm looks for winners from 0 on, so that a window of negative numbers has none. Here the numbers of a window stand side by side: those that the
 * filter meets first, row by row, in the image that is padded by -∞.
 */
function maxPoolWithArgmax(x: tf.Tensor4D, filterSize: Size, strides: Size, pad: 'same', includeBatchInIndex: boolean): [tf.Tensor, tf.Tensor] {
  const { outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth, padInfo, batchSize, inHeight, inWidth, inChannels } = tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad);
  const { top, bottom, left, right } = padInfo;
  const padded = tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], -Infinity);
  const places = Array.from({ length: filterHeight * filterWidth }, (_, k) => [Math.floor(k / filterWidth), k % filterWidth] as const);
  const shifted = places.map(([row, column]) =>
    tf.stridedSlice(padded, [0, row, column, 0], [batchSize, row + (outHeight - 1) * strideHeight + 1, column + (outWidth - 1) * strideWidth + 1, inChannels], [1, strideHeight, strideWidth, 1]),
  );
  const windows = tf.stack(shifted, -1);
  const best = windows.argMax(-1);
  const at = (length: number, step: number, shape: number[]): tf.Tensor => tf.range(0, length * step, step, 'int32').reshape(shape);
  const row = best.floorDiv(tf.scalar(filterWidth, 'int32')).toInt();
  const column = best.sub(row.mul(tf.scalar(filterWidth, 'int32')));
  const y = row.add(at(outHeight, strideHeight, [1, outHeight, 1, 1])).sub(tf.scalar(top, 'int32'));
  const x0 = column.add(at(outWidth, strideWidth, [1, 1, outWidth, 1])).sub(tf.scalar(left, 'int32'));
  const within = y.mul(tf.scalar(inWidth, 'int32')).add(x0).mul(tf.scalar(inChannels, 'int32')).add(at(inChannels, 1, [1, 1, 1, inChannels]));
  const indexes = includeBatchInIndex ? within.add(at(batchSize, inHeight * inWidth * inChannels, [batchSize, 1, 1, 1])) : within;
  return [windows.max(-1), indexes.toInt()];
}

function repairMaxPoolWithArgmax(): void {
  if (tf.getKernel('MaxPoolWithArgmax', BACKEND) !== undefined) tf.unregisterKernel('MaxPoolWithArgmax', BACKEND);
  tf.registerKernel({
    kernelName: 'MaxPoolWithArgmax',
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const { filterSize, strides, pad, includeBatchInIndex } = attrs as unknown as { filterSize: Size; strides: Size; pad: 'same'; includeBatchInIndex: boolean };
      return tf.tidy(() => maxPoolWithArgmax((inputs as unknown as { x: tf.Tensor4D }).x, filterSize, strides, pad, includeBatchInIndex));
    },
  });
}

let done = false;

/** Adds the kernels that gradients need and wasm lacks, and replaces one that traps and one that is wrong. Call it after the wasm backend is loaded. */
export function repairWasmKernels(): void {
  if (done) return;
  done = true;
  compose('UnsortedSegmentSum', ({ x, segmentIds }, { numSegments }) =>
    tf.scatterND(segmentIds.toInt().reshape([-1, 1]), x.reshape([segmentIds.size, -1]), [numSegments as number, x.size / segmentIds.size]).reshape([numSegments as number, ...x.shape.slice(segmentIds.rank)]),
  );
  compose('Conv2DBackpropFilter', ({ x, dy }, { filterShape, strides, pad }) =>
    convolutionFilterGradient(x, dy, filterShape as number[], (typeof strides === 'number' ? [strides, strides] : strides) as [number, number], pad as 'same', [1, 1]),
  );
  repairGather();
  repairMaxPoolWithArgmax();
}
