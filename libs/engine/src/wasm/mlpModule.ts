import { activationCode } from './activationCode.js';
import { denseFunction } from './denseFunction.js';
import { layerNormFunction } from './layerNormFunction.js';
import type { PlacedLayer } from './mlpLayout.js';
import { op, type Code } from './op.js';
import { panelColumns } from './panelColumns.js';
import type { WasmActivation } from './scalarActivations.js';
import { wasmFunction, type WasmFunction } from './wasmFunction.js';
import { wasmModule } from './wasmModule.js';

const { add, get, int, set } = op;

/** Rows taken at once in the blocks that come first. */
const BLOCK_ROWS = 4;
/** The tile of those blocks, then those of 1, 2 and 3 rows left: as many sums and factors as V8 has registers for. */
const tiles = [
  { rows: BLOCK_ROWS, panels: 1 },
  { rows: 1, panels: 3 },
  { rows: 2, panels: 2 },
  { rows: 3, panels: 1 },
];

/** (start, end): the nonlinearity of all numbers between two addresses, four at a time. */
function activationFunction(name: WasmActivation): WasmFunction {
  return wasmFunction(2, (locals, address, end) => {
    const x = locals.vector();
    const turn = [set(x, op.load4(get(address))), op.store4(get(address), activationCode(name, locals, x)), set(address, add(get(address), int(16)))];
    return [op.repeat(turn, op.lessThan(get(address), get(end)))];
  });
}

/** (rows): all layers; `dense` and `after` give the indices of their functions and of those that then go over their results. */
function runFunction(layers: readonly PlacedLayer[], dense: (layer: number, tile: number) => number, after: (layer: number) => readonly number[]): WasmFunction {
  return wasmFunction(1, (locals, rows) => {
    const [full, left] = [locals.int(), locals.int()];
    return [
      set(full, op.and(get(rows), int(-BLOCK_ROWS))),
      set(left, op.subtract(get(rows), get(full))),
      ...layers.flatMap(({ x, y, strideX, panels }, i): Code[] => {
        const strideY = 4 * panelColumns * panels;
        const from = (start: number, stride: number) => add(int(start), op.multiply(get(full), int(stride)));
        const end = add(int(y), op.multiply(get(rows), int(strideY)));
        return [
          op.when(get(full), op.call(dense(i, 0), int(x), int(y), op.shiftRight(get(full), int(Math.log2(BLOCK_ROWS))))),
          ...[1, 2, 3].map((n) => op.when(op.equal(get(left), int(n)), op.call(dense(i, n), from(x, strideX), from(y, strideY), int(1)))),
          ...after(i).map((index) => op.call(index, int(y), end)),
        ];
      }),
    ];
  });
}

/**
 * The binary of a module whose function `run` (rows) computes a perceptron laid out in memory by {@link mlpLayout}: its sizes and
 * addresses stand in the code.
 */
export function mlpModule(layers: readonly PlacedLayer[], hidden: WasmActivation, output: WasmActivation): Uint8Array<ArrayBuffer> {
  const functions: { body: WasmFunction; name?: string }[] = layers.flatMap((layer) => tiles.map((tile) => ({ body: denseFunction(layer, tile) })));
  const addFunction = (body: WasmFunction) => functions.push({ body }) - 1;
  const norms = layers.map(({ out, panels, norm }) => (norm === undefined ? [] : [addFunction(layerNormFunction({ out, panels, norm }))]));
  const addActivation = (name: WasmActivation) => (name === 'identity' ? [] : [addFunction(activationFunction(name))]);
  const [afterHidden, afterOutput] = [addActivation(hidden), addActivation(output)];
  const run = runFunction(
    layers,
    (layer, tile) => layer * tiles.length + tile,
    (layer) => [...norms[layer], ...(layer === layers.length - 1 ? afterOutput : afterHidden)],
  );
  return wasmModule([...functions, { name: 'run', body: run }]);
}
