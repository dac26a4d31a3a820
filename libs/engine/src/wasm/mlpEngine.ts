import type { WasmActivation } from './scalarActivations.js';

/** Sizes of one layer. */
export interface MlpLayerSize {
  readonly in: number;
  readonly out: number;
}

/** kernel [in, out] row by row, and bias [out]; where the layer is normalised scale [out] and offset [out]. */
export interface MlpLayerWeights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly scale?: Float32Array;
  readonly offset?: Float32Array;
}

/** A perceptron with its sizes and nonlinearities. */
export interface MlpShape {
  readonly layers: readonly MlpLayerSize[];
  readonly activation: WasmActivation;
  readonly outputActivation: WasmActivation;
  /** Whether all layers but the last are normalised before their nonlinearity. */
  readonly layerNorm: boolean;
}

/** What computes a {@link wasmMlp}: one for WebAssembly, one for plain JavaScript. */
export interface MlpEngine {
  setWeights(layers: readonly MlpLayerWeights[]): void;
  /** Writes [rows, out] into output. */
  run(input: Float32Array, rows: number, output: Float32Array): void;
}
