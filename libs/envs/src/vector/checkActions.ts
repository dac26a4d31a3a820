import type { Rows } from '../env.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import { rowsOf } from '../spaces/rowsOf.js';

/** Throws an error that names the copy when the actions of N copies are not in their space. */
export type ActionCheck = (actions: Rows) => void;

/**
 * Makes the check of the actions [N, m] of an environment: array type, length, and every value.
 * @param clips whether numbers outside the bounds of a Box are allowed (NaN and infinities never are).
 */
export function checkActions(id: string, space: BatchSpace, numEnvs: number, clips: boolean): ActionCheck {
  const { dtype, width } = rowsOf(space);
  const length = numEnvs * width;
  const type = dtype === 'float32' ? Float32Array : Int32Array;
  const shape = space.kind === 'discrete' ? `[${numEnvs}]` : `[${numEnvs}, ${width}]`;
  const low = Float64Array.from({ length: width }, (_, d) => (space.kind === 'box' ? (clips ? -Number.MAX_VALUE : space.low[d]) : space.kind === 'discrete' ? space.start : 0));
  const high = Float64Array.from({ length: width }, (_, d) => {
    if (space.kind === 'box') return clips ? Number.MAX_VALUE : space.high[d];
    return space.kind === 'discrete' ? space.start + space.n - 1 : space.kind === 'multiDiscrete' ? space.nvec[d] - 1 : 1;
  });
  // A Box without bounds still refuses infinities.
  if (space.kind === 'box') for (let d = 0; d < width; d++) [low[d], high[d]] = [Math.max(low[d], -Number.MAX_VALUE), Math.min(high[d], Number.MAX_VALUE)];

  const refuse = (actions: Rows, at: number): never => {
    const d = at % width;
    const element = width > 1 ? ` (element ${d})` : '';
    const range = Math.abs(low[d]) === Number.MAX_VALUE ? 'a finite number' : `${dtype === 'int32' ? 'an integer' : 'a number'} in ${low[d]}..${high[d]}`;
    throw new Error(`${id}: the action of copy ${Math.floor(at / width)}${element} is ${actions[at]}, expected ${range}`);
  };

  return (actions) => {
    if (!(actions instanceof type) || actions.length !== length) {
      const got = actions instanceof Float32Array || actions instanceof Int32Array ? `${actions.constructor.name} of length ${actions.length}` : typeof actions;
      throw new Error(`${id}: actions must be an array of type ${type.name} and shape ${shape}, got ${got}`);
    }
    if (width === 1) {
      const [least, most] = [low[0], high[0]];
      for (let i = 0; i < length; i++) if (!(actions[i] >= least && actions[i] <= most)) refuse(actions, i);
      return;
    }
    for (let i = 0, d = 0; i < length; i++) {
      if (!(actions[i] >= low[d] && actions[i] <= high[d])) refuse(actions, i);
      if (++d === width) d = 0;
    }
  };
}
