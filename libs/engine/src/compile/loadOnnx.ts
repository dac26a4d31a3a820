import { type NdArray, ndarray } from '../ndarray.js';
import { inNode } from './inNode.js';
import { nodeRuntime } from './nodeRuntime.js';
import { describeOnnx, type OnnxDescription } from './onnx/describeOnnx.js';
import { webRuntime } from './webRuntime.js';

/** A model that is ready to run. */
export interface OnnxModel {
  readonly description: OnnxDescription;
  /**
   * Runs the model once.
   * @param inputs arrays by the names of the inputs.
   * @returns arrays by the names of the outputs; truth values are uint8.
   * @throws when an input is missing, or its type or shape does not fit.
   */
  run(inputs: { readonly [name: string]: NdArray }): Promise<{ readonly [name: string]: NdArray }>;
  dispose(): Promise<void>;
}

const arrayTypes: { readonly [dtype: string]: 'float32' | 'int32' | 'uint8' } = { float32: 'float32', int32: 'int32', bool: 'uint8' };

function check({ name, dtype, shape }: OnnxDescription['inputs'][number], array: NdArray | undefined): NdArray {
  const expected = `${dtype} [${shape.join(', ')}]`;
  if (array === undefined) throw new Error(`loadOnnx: the input '${name}', ${expected}, is missing`);
  const fits = array.shape.length === shape.length && shape.every((size, axis) => typeof size === 'string' || size === array.shape[axis]);
  if (!fits || arrayTypes[dtype] !== array.dtype) throw new Error(`loadOnnx: the input '${name}' is ${array.dtype} [${array.shape.join(', ')}]; the model wants ${expected}`);
  return array;
}

/**
 * Loads an ONNX model with ONNX Runtime: to try what {@link exportOnnx} wrote. Inputs and outputs are float32, int32 or bool.
 * @throws when the bytes are no model, or ONNX Runtime cannot be loaded here or refuses it.
 */
export async function loadOnnx(bytes: Uint8Array): Promise<OnnxModel> {
  const description = describeOnnx(bytes);
  for (const { name, dtype } of [...description.inputs, ...description.outputs]) {
    if (arrayTypes[dtype] === undefined) throw new Error(`loadOnnx: '${name}' is ${dtype}; only float32, int32 and bool can be handed in and out`);
  }
  const ort = await (inNode ? nodeRuntime() : webRuntime('wasm'));
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
  return {
    description,
    async run(inputs) {
      const feeds = Object.fromEntries(
        description.inputs.map((info) => {
          const { data, shape } = check(info, inputs[info.name]);
          return [info.name, new ort.Tensor(info.dtype as 'float32', data as Float32Array, shape)];
        }),
      );
      const results = await session.run(feeds);
      return Object.fromEntries(Object.entries(results).map(([name, { type, dims, data }]) => [name, ndarray(arrayTypes[type], [...dims], data as Float32Array)]));
    },
    dispose: () => session.release(),
  };
}
