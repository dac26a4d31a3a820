import { op, type Code } from './op.js';
import { panelColumns } from './panelColumns.js';
import { wasmFunction, type WasmFunction } from './wasmFunction.js';

const { add, add4, const4, divide4, get, int, multiply4, set, subtract4 } = op;

/** Columns that are normalised, and where their scales lie in memory; their offsets follow after the padding of the last panel. */
export interface NormLayer {
  readonly out: number;
  readonly panels: number;
  readonly norm: number;
}

const EPSILON = 1e-5;

/** The sum of the four lanes, in all of them. */
function laneSum(vector: number, scratch: number): Code {
  return [set(scratch, add4(get(vector), op.rotate4(get(vector), 2))), add4(get(scratch), op.rotate4(get(scratch), 1))];
}

/**
 * (y, end): in place y = scale·(y - mean) / √(variance + 1e-5) + offset over the columns of each row between two addresses (biased
 * variance, in two passes).
 *
 * Source: Ba, Kiros, Hinton, "Layer normalization" (2016), eq. 4.
 */
export function layerNormFunction({ out, panels, norm }: NormLayer): WasmFunction {
  const stride = 4 * panelColumns * panels;
  const whole = 16 * Math.floor(out / 4);
  return wasmFunction(2, (locals, y, end) => {
    const [at, column] = [locals.int(), locals.int()];
    const [value, sum, scratch, mean, factor] = Array.from({ length: 5 }, () => locals.vector());
    const advance = (bytes: number): readonly Code[] => [set(at, add(get(at), int(bytes))), set(column, add(get(column), int(bytes)))];

    /** Sets `sum` to that of `term` over the columns, term being of the local `value`; those past the last count 0. */
    function total(term: Code): Code {
      const load = set(value, op.load4(get(at)));
      const turn = [load, set(sum, add4(get(sum), term)), ...advance(16)];
      return [
        [set(sum, const4(0)), set(at, get(y)), set(column, int(0))],
        whole === 0 ? [] : op.repeat(turn, op.lessThan(get(column), int(whole))),
        out % 4 === 0 ? [] : [load, set(sum, add4(get(sum), op.firstLanes4(term, out % 4)))],
      ];
    }

    const centred = subtract4(get(value), get(mean));
    const normalised = multiply4(multiply4(subtract4(op.load4(get(at)), get(mean)), get(factor)), op.load4(get(column), norm));
    const row = [
      total(get(value)),
      set(mean, divide4(laneSum(sum, scratch), const4(out))),
      total(multiply4(centred, centred)),
      set(factor, divide4(const4(1), op.sqrt4(add4(divide4(laneSum(sum, scratch), const4(out)), const4(EPSILON))))),
      [set(at, get(y)), set(column, int(0))],
      op.repeat([op.store4(get(at), add4(normalised, op.load4(get(column), norm + stride))), ...advance(16)], op.lessThan(get(column), int(stride))),
      set(y, add(get(y), int(stride))),
    ];
    return [op.repeat(row, op.lessThan(get(y), get(end)))];
  });
}
