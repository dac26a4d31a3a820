import { op, type Code } from './op.js';
import { panelColumns } from './panelColumns.js';
import { wasmFunction, type Locals, type WasmFunction } from './wasmFunction.js';

const { add, get, int, set } = op;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const move = (local: number, bytes: number) => set(local, add(get(local), int(bytes)));

/** Bytes of one number for each column of a panel. */
const PANEL_ROW = 4 * panelColumns;
const VECTORS = panelColumns / 4;

/** One layer in memory, with addresses and strides in bytes. */
export interface DenseLayer {
  readonly in: number;
  /** Columns of the kernel over 8, rounded up. */
  readonly panels: number;
  /** Where the weights lie: panel by panel the bias of its columns, then for each input the weights to them. */
  readonly w: number;
  /** From a row of x to the next. Rows of y have 8 numbers a panel. */
  readonly strideX: number;
}

/** Rows of x and panels of w that are multiplied at once. */
export interface Tile {
  readonly rows: number;
  readonly panels: number;
}

/** Locals of the accumulators: of each row for each vector of columns. */
type Sums = readonly (readonly number[])[];

const panelBytes = (layer: DenseLayer) => (layer.in + 1) * PANEL_ROW;
/** Where a vector of a tile's columns lies after its first panel's. */
const vectorOffset = (layer: DenseLayer, vector: number) => Math.floor(vector / VECTORS) * panelBytes(layer) + 16 * (vector % VECTORS);

/** sums[row][vector] += x[row]·w[vector] for one input, where x and w are locals with addresses. */
function multiplyAdd(locals: Locals, layer: DenseLayer, sums: Sums, x: number, w: number): readonly Code[] {
  const factors = sums.map(() => locals.vector());
  const weight = locals.vector();
  return [
    ...factors.map((factor, row) => set(factor, op.loadSplat4(get(x), row * layer.strideX))),
    ...sums[0].flatMap((_, vector) => [
      set(weight, op.load4(get(w), vectorOffset(layer, vector))),
      ...sums.map((row, i) => set(row[vector], op.add4(get(row[vector]), op.multiply4(get(factors[i]), get(weight))))),
    ]),
  ];
}

/** Leaves in `sums` the result of one tile, whose rows begin at the local x and whose panels begin at the local w. */
function tileSums(locals: Locals, layer: DenseLayer, sums: Sums, x: number, w: number): readonly Code[] {
  const [xAt, wAt, end] = [locals.int(), locals.int(), locals.int()];
  return [
    ...sums.flatMap((row) => row.map((sum, vector) => set(sum, op.load4(get(w), vectorOffset(layer, vector))))),
    set(xAt, get(x)),
    set(wAt, add(get(w), int(PANEL_ROW))),
    set(end, add(get(w), int(panelBytes(layer)))),
    // One input a turn: V8 puts all loads of a turn before its arithmetic, so that longer turns run out of registers.
    op.repeat([...multiplyAdd(locals, layer, sums, xAt, wAt), move(xAt, 4), move(wAt, PANEL_ROW)], op.lessThan(get(wAt), get(end))),
  ];
}

/**
 * (x, y, blocks): y = x·kernel + bias for blocks of `tile.rows` rows, for one layer whose sizes stand in the code. Every sum runs over the
 * inputs in order, so that a row's result does not depend on the tile.
 */
export function denseFunction(layer: DenseLayer, tile: Tile): WasmFunction {
  return wasmFunction(3, (locals, x, y, blocks) => {
    const [w, end, xBlock, yBlock, block] = range(5).map(() => locals.int());
    const strideY = layer.panels * PANEL_ROW;

    /** So many panels for all blocks, then the next panels, so many times. */
    function panelsBy(panels: number, times: number): readonly Code[] {
      if (panels === 0 || times === 0) return [];
      const sums = range(tile.rows).map(() => range(VECTORS * panels).map(() => locals.vector()));
      const oneBlock = [
        ...tileSums(locals, layer, sums, xBlock, w),
        ...sums.flatMap((row, i) => row.map((sum, vector) => op.store4(get(yBlock), get(sum), i * strideY + 16 * vector))),
        move(xBlock, tile.rows * layer.strideX),
        move(yBlock, tile.rows * strideY),
        move(block, 1),
      ];
      const allBlocks = [set(xBlock, get(x)), set(yBlock, get(y)), set(block, int(0)), op.repeat(oneBlock, op.lessThan(get(block), get(blocks)))];
      const bytes = panels * panelBytes(layer);
      return [
        set(end, add(get(w), int(times * bytes))),
        op.repeat([...allBlocks, move(w, bytes), move(y, panels * PANEL_ROW)], op.lessThan(get(w), get(end))),
      ];
    }

    return [set(w, int(layer.w)), ...panelsBy(tile.panels, Math.floor(layer.panels / tile.panels)), ...panelsBy(layer.panels % tile.panels, 1)];
  });
}
