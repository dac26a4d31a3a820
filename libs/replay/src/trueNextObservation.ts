import type { TypedArray } from '@rivulet/engine';
import { copyBlock } from './copy.js';

/**
 * The observation that each action led to: `finalObservation` in the rows whose episode ended at this step, `observation` in the others.
 * What a `sameStep` vector environment returns as `observation` in an ended row already belongs to the next episode; storing that as
 * nextObservation bootstraps from the wrong state.
 *
 * @param step observation and finalObservation [N, D], terminated and truncated [N]: the result of a vector environment's step
 * @param out [N, D], filled and returned
 * @throws when the sizes disagree.
 */
export function trueNextObservation<A extends TypedArray>(
  step: { readonly observation: TypedArray; readonly finalObservation: TypedArray; readonly terminated: Uint8Array; readonly truncated: Uint8Array },
  out: A,
): A {
  const { observation, finalObservation, terminated, truncated } = step;
  const rows = terminated.length;
  const rowSize = observation.length / rows;
  if (!Number.isInteger(rowSize) || finalObservation.length !== observation.length || out.length !== observation.length || truncated.length !== rows) {
    throw new Error(`trueNextObservation: ${rows} rows need observations of one size, got ${observation.length}, ${finalObservation.length} and out ${out.length}`);
  }
  out.set(observation);
  for (let row = 0; row < rows; row++) {
    if (terminated[row] !== 0 || truncated[row] !== 0) copyBlock(finalObservation, row * rowSize, out, row * rowSize, rowSize);
  }
  return out;
}
