import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { GridObservation } from './gridObservation.js';

/** The state as a one-hot vector [S]. */
export function oneHotState(): GridObservation<Box> {
  return ({ numStates }) => ({
    space: box({ low: 0, high: 1, shape: [numStates] }),
    write: (state, out, offset) => {
      out[offset + state] = 1;
    },
  });
}
