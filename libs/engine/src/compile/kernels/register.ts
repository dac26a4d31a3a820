import { sizeOf } from '../../ndarray.js';
import { tf } from '../../tf.js';
import { elementsOf, type Graph, type Value } from '../graph.js';
import { TRACING, type TracingBackend } from '../tracingBackend.js';
import { Untraceable } from '../untraceable.js';

/** The attributes of a kernel: every mapping knows those of its own. */
export type Attributes = { readonly [name: string]: unknown };

/** The inputs of a kernel by name; those of a list by their number. */
export type Inputs = { readonly [name: string]: Value };

/** How a kernel is written in ONNX. */
export type Mapping = (g: Graph, inputs: Inputs, attributes: Attributes) => Value | readonly Value[];

export type Mappings = { readonly [kernelName: string]: Mapping };

/** Constants up to this size are computed while tracing. */
const FOLDED_ELEMENTS = 2 ** 20;

type KernelInputs = tf.NamedTensorInfoMap;

/** The result of a kernel over constants, by the kernel of the cpu backend; undefined when it has none. */
function fold(backend: TracingBackend, kernelName: string, inputs: Inputs, attributes: Attributes): tf.TensorInfo[] | undefined {
  const cpu = tf.findBackend('cpu') as (tf.KernelBackend & { makeTensorInfo(shape: readonly number[], dtype: string, values: unknown): tf.TensorInfo }) | null;
  const kernel = tf.getKernel(kernelName, 'cpu');
  if (cpu === null || kernel === undefined) return undefined;
  const given = Object.entries(inputs).map(([name, value]): [string, tf.TensorInfo] => [name, cpu.makeTensorInfo(value.shape, value.dtype, elementsOf(value))]);
  const isList = Object.keys(inputs).every((name, i) => name === String(i)) && given.length > 0;
  const infos = isList ? given.map(([, info]) => info) : Object.fromEntries(given);
  const results = [kernel.kernelFunc({ inputs: infos as unknown as KernelInputs, attrs: attributes as tf.NamedAttrMap, backend: cpu as never })].flat() as tf.TensorInfo[];
  const copies = results.map(({ dataId, shape, dtype }) => ({ dataId: backend.write((cpu.readSync(dataId) as Float32Array).slice(), shape, dtype), shape, dtype }));
  for (const { dataId } of [...results, ...given.map(([, info]) => info)]) cpu.disposeData(dataId);
  return copies;
}

const foldable = (values: readonly Value[]) => values.every((value) => elementsOf(value) !== undefined && sizeOf(value.shape) <= FOLDED_ELEMENTS);

/** Kernels that make constants without materialising them. */
const lazy = new Set(['ZerosLike', 'OnesLike', 'Fill', 'Identity', 'Reshape', 'ExpandDims', 'Tile', 'Cast', 'Transpose']);

/** Registers how a kernel is recorded. */
export function registerMapping(backend: TracingBackend, kernelName: string, mapping: Mapping): void {
  tf.registerKernel({
    kernelName,
    backendName: TRACING,
    kernelFunc: ({ inputs, attrs }) => {
      if (Object.values(inputs as object).some(Array.isArray)) throw new Untraceable(`the kernel '${kernelName}', of which an input is a list of tensors,`);
      const values = Object.fromEntries(
        Object.entries(inputs as KernelInputs)
          .filter(([, info]) => info !== undefined && info !== null)
          .map(([name, info]) => [name, backend.graphValue(info!)]),
      );
      const attributes = (attrs ?? {}) as unknown as Attributes;
      const folded = !lazy.has(kernelName) && foldable(Object.values(values)) ? fold(backend, kernelName, values, attributes) : undefined;
      if (folded !== undefined) return folded.length === 1 && !manyOutputs.has(kernelName) ? folded[0] : folded;
      const result = mapping(backend.graph, values, attributes);
      return Array.isArray(result) ? result.map((value: Value) => backend.infoOf(value)) : backend.infoOf(result as Value);
    },
  });
}

const manyOutputs = new Set(['SplitV', 'Unpack', 'TopK', 'MaxPoolWithArgmax']);

/** Registers a kernel that has no mapping: over constants it is computed, otherwise the trace ends with its name. */
export function registerUnmapped(backend: TracingBackend, kernelName: string): void {
  registerMapping(backend, kernelName, () => {
    throw new Untraceable(`the kernel '${kernelName}'`);
  });
}
