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

let done = false;

/** Adds the kernels that gradients need and wasm lacks, and replaces one that traps. Call it after the wasm backend is loaded. */
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
}
