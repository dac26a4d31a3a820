import { sizeOf } from '@rivulet/engine';
import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { GridObservation } from './gridObservation.js';

/** Several observations one after the other, as one vector. */
export function joinObservations(...observations: readonly GridObservation<Box>[]): GridObservation<Box> {
  return (states) => {
    const parts = observations.map((observation) => observation(states));
    const widths = parts.map(({ space }) => sizeOf(space.shape));
    return {
      space: box({ low: parts.flatMap(({ space }) => Array.from(space.low)), high: parts.flatMap(({ space }) => Array.from(space.high)) }),
      write: (state, out, offset) => {
        let at = offset;
        for (let i = 0; i < parts.length; i++) {
          parts[i].write(state, out, at);
          at += widths[i];
        }
      },
    };
  };
}
