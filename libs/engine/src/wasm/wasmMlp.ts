import { jsMlpEngine } from './jsMlpEngine.js';
import type { MlpEngine, MlpLayerSize, MlpLayerWeights } from './mlpEngine.js';
import { scalarActivations, type WasmActivation } from './scalarActivations.js';
import { wasmMlpEngine } from './wasmMlpEngine.js';

export interface WasmMlpOptions {
  /** Sizes of the layers, the first one's input first; `in` of each equals `out` of the one before. */
  readonly layers: readonly MlpLayerSize[];
  /** After each layer but the last. Default: relu. */
  readonly activation?: WasmActivation;
  /** After the last layer. Default: identity. */
  readonly outputActivation?: WasmActivation;
  /** Normalise each layer but the last before its activation, as the networks' layerNorm with its epsilon 1e-5. Default: false. */
  readonly layerNorm?: boolean;
  /** 'js' computes in plain JavaScript, 'wasm' insists on WebAssembly. Default: WebAssembly where its SIMD instructions are known. */
  readonly engine?: 'wasm' | 'js';
}

/** A perceptron that acts fast on few rows. */
export interface WasmMlp {
  /** What computes it. */
  readonly engine: 'wasm' | 'js';
  /**
   * Copies the weights in: for each layer kernel [in, out] and bias [out], with `layerNorm` scale [out] and offset [out] of each but the last.
   * @throws if a size is wrong.
   */
  setWeights(layers: readonly MlpLayerWeights[]): void;
  /**
   * [B, in] to [B, out], for any B. The array returned belongs to the perceptron and is overwritten by the next run.
   * @throws if the input's length is no multiple of `in`, before any weights are set, or after `dispose`.
   */
  run(input: Float32Array): Float32Array;
  /** Frees the memory; after that it cannot run. */
  dispose(): void;
}

function checkLayers(layers: readonly MlpLayerSize[]): void {
  if (layers.length === 0) throw new Error('wasmMlp: there must be at least one layer');
  layers.forEach((layer, i) => {
    for (const size of [layer.in, layer.out]) {
      if (!Number.isInteger(size) || size < 1) throw new Error(`wasmMlp: layer ${i} has size ${size}; sizes are positive integers`);
    }
    if (i > 0 && layer.in !== layers[i - 1].out) throw new Error(`wasmMlp: layer ${i} takes ${layer.in} numbers, but layer ${i - 1} gives ${layers[i - 1].out}`);
  });
}

function checkActivation(name: string): void {
  if (!Object.hasOwn(scalarActivations, name)) throw new Error(`wasmMlp: unknown activation '${name}'; there are ${Object.keys(scalarActivations).join(', ')}`);
}

function checkLength(what: string, layer: number, given: Float32Array | undefined, length: number): void {
  if (given?.length !== length) throw new Error(`wasmMlp: the ${what} of layer ${layer} has ${given?.length ?? 'no'} numbers; it takes ${length}`);
}

function checkWeights(weights: readonly MlpLayerWeights[], layers: readonly MlpLayerSize[], layerNorm: boolean): void {
  if (weights.length !== layers.length) throw new Error(`wasmMlp: weights of ${weights.length} layers given, but there are ${layers.length}`);
  weights.forEach(({ kernel, bias, scale, offset }, i) => {
    const { in: inputs, out } = layers[i];
    checkLength(`kernel [${inputs}, ${out}]`, i, kernel, inputs * out);
    checkLength('bias', i, bias, out);
    const normalised = layerNorm && i < layers.length - 1;
    if (normalised) checkLength('scale', i, scale, out);
    if (normalised) checkLength('offset', i, offset, out);
    if (!normalised && (scale !== undefined || offset !== undefined)) throw new Error(`wasmMlp: layer ${i} is not normalised, but has a scale or an offset`);
  });
}

function chooseEngine(options: WasmMlpOptions): { readonly name: 'wasm' | 'js'; readonly engine: MlpEngine } {
  const { layers, activation = 'relu', outputActivation = 'identity', layerNorm = false } = options;
  checkLayers(layers);
  checkActivation(activation);
  checkActivation(outputActivation);
  const shape = { layers: layers.map(({ in: inputs, out }) => ({ in: inputs, out })), activation, outputActivation, layerNorm };
  const wasm = options.engine === 'js' ? undefined : wasmMlpEngine(shape);
  if (wasm !== undefined) return { name: 'wasm', engine: wasm };
  if (options.engine === 'wasm') throw new Error("wasmMlp: there is no WebAssembly SIMD here; leave out engine: 'wasm' to compute in plain JavaScript");
  return { name: 'js', engine: jsMlpEngine(shape) };
}

/** Arrays of the last length asked for; a new one only when the length changes. */
function reusedOutput(): (length: number) => Float32Array {
  let room = new Float32Array(0);
  let last = room;
  return (length) => {
    if (length === last.length) return last;
    if (length > room.length) room = new Float32Array(length);
    last = room.subarray(0, length);
    return last;
  };
}

/**
 * A multi-layer perceptron for acting: h = activation(norm(x·kernel + bias)) layer by layer, in WebAssembly SIMD code that is written when this is
 * called, in float32 and without tensors. It is for few rows (up to about 16), where a call of a tensor library costs more than its
 * arithmetic. A row's result does not depend on the other rows, bit for bit. Every nonlinearity f is within 3e-7·max(1, |f|) of its formula,
 * and a NaN stays NaN.
 * @throws if sizes do not fit, for an unknown nonlinearity, or if 'wasm' is insisted on where there is no WebAssembly SIMD.
 */
export function wasmMlp(options: WasmMlpOptions): WasmMlp {
  const { name, engine: chosen } = chooseEngine(options);
  const { layers } = options;
  const inputs = layers[0].in;
  const outputs = layers[layers.length - 1].out;
  const outputOf = reusedOutput();
  let engine: MlpEngine | undefined = chosen;
  let ready = false;

  function alive(): MlpEngine {
    if (engine === undefined) throw new Error('wasmMlp: it was disposed of');
    return engine;
  }

  return {
    engine: name,
    setWeights(weights) {
      const target = alive();
      checkWeights(weights, layers, options.layerNorm ?? false);
      target.setWeights(weights);
      ready = true;
    },
    run(input) {
      const source = alive();
      if (!ready) throw new Error('wasmMlp: call setWeights before run');
      const rows = input.length / inputs;
      if (!Number.isInteger(rows)) throw new Error(`wasmMlp: the input has ${input.length} numbers, which is no multiple of ${inputs}`);
      const output = outputOf(rows * outputs);
      source.run(input, rows, output);
      return output;
    },
    dispose() {
      engine = undefined;
    },
  };
}
