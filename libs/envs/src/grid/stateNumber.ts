import type { Discrete } from '../space.js';
import { discrete } from '../spaces/discrete.js';
import type { GridObservation } from './gridObservation.js';

/** The number of the state. */
export function stateNumber(): GridObservation<Discrete> {
  return ({ numStates }) => ({
    space: discrete(numStates),
    write: (state, out, offset) => {
      out[offset] = state;
    },
  });
}
