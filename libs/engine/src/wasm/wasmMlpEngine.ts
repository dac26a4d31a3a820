import type { MlpEngine, MlpShape } from './mlpEngine.js';
import { mlpLayout, type PlacedLayer } from './mlpLayout.js';
import { mlpModule } from './mlpModule.js';
import { panelColumns } from './panelColumns.js';
import { wasmHost, type WasmCode, type WasmHost } from './wasmHost.js';

const PAGE_BYTES = 65_536;
/** More rows are computed in several goes, so that the memory never has to grow. */
const MAX_ROWS = 32;
/** Modules kept for the next perceptron of the same shape. */
const MAX_COMPILED = 32;

const compiled = new Map<string, WasmCode | undefined>();

function compile(host: WasmHost, shape: MlpShape, layers: readonly PlacedLayer[]): WasmCode | undefined {
  const bytes = mlpModule(layers, shape.activation, shape.outputActivation);
  return host.validate(bytes) ? new host.Module(bytes) : undefined;
}

/** The module of a shape, from those compiled last; undefined where there is no WebAssembly SIMD. */
function moduleFor(host: WasmHost, shape: MlpShape, layers: readonly PlacedLayer[]): WasmCode | undefined {
  const key = JSON.stringify([shape.layers.map((layer) => [layer.in, layer.out]), shape.activation, shape.outputActivation, shape.layerNorm]);
  const code = compiled.has(key) ? compiled.get(key) : compile(host, shape, layers);
  compiled.delete(key);
  compiled.set(key, code);
  if (compiled.size > MAX_COMPILED) compiled.delete(compiled.keys().next().value as string);
  return code;
}

/** Writes a kernel and a bias into the panels that {@link DenseLayer} describes; columns past the last stay 0. */
function pack(memory: Float32Array, layer: PlacedLayer, kernel: Float32Array, bias: Float32Array): void {
  let at = layer.w / 4;
  for (let first = 0; first < layer.out; first += panelColumns) {
    const columns = Math.min(panelColumns, layer.out - first);
    for (let column = 0; column < columns; column++) memory[at + column] = bias[first + column];
    at += panelColumns;
    for (let from = first; from < kernel.length; from += layer.out, at += panelColumns) {
      for (let column = 0; column < columns; column++) memory[at + column] = kernel[from + column];
    }
  }
}

/** A perceptron in WebAssembly, or undefined where there is no WebAssembly SIMD. */
export function wasmMlpEngine(shape: MlpShape): MlpEngine | undefined {
  const host = wasmHost();
  if (host === undefined) return undefined;
  const { placed, bytes } = mlpLayout(shape, MAX_ROWS);
  const code = moduleFor(host, shape, placed);
  if (code === undefined) return undefined;
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const memory = new host.Memory({ initial: pages, maximum: pages });
  const numbers = new Float32Array(memory.buffer);
  const { run: runLayers } = new host.Instance(code, { env: { memory } }).exports as { readonly run: (rows: number) => void };
  const [{ in: inputs, x: inputAddress }] = placed;
  const { out: outputs, y: outputAddress, panels } = placed[placed.length - 1];

  function copyOut(rows: number, output: Float32Array, start: number): void {
    for (let row = 0, from = outputAddress / 4, to = start; row < rows; row++, from += panels * panelColumns) {
      for (let column = 0; column < outputs; column++) output[to++] = numbers[from + column];
    }
  }

  return {
    setWeights(layers) {
      placed.forEach((layer, i) => {
        const { kernel, bias, scale, offset } = layers[i];
        pack(numbers, layer, kernel, bias);
        if (layer.norm === undefined || scale === undefined || offset === undefined) return;
        numbers.set(scale, layer.norm / 4);
        numbers.set(offset, layer.norm / 4 + layer.panels * panelColumns);
      });
    },
    run(input, rows, output) {
      for (let row = 0; row < rows; row += MAX_ROWS) {
        const some = Math.min(MAX_ROWS, rows - row);
        numbers.set(some === rows ? input : input.subarray(row * inputs, (row + some) * inputs), inputAddress / 4);
        runLayers(some);
        copyOut(some, output, row * outputs);
      }
    },
  };
}
