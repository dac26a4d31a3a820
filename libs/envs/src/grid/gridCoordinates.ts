import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import { numKeys } from './gridCells.js';
import type { GridObservation } from './gridObservation.js';

/** Row and column, scaled to [0, 1]; then a 0 or 1 for each key held, and the heading as one-hot [4] where one can turn. */
export function gridCoordinates(): GridObservation<Box> {
  return (states) => {
    const keys = Math.max(...states.layouts.map(numKeys));
    const headings = Math.max(...states.mechanics.map((mechanics) => mechanics.numHeadings));
    return {
      space: box({ low: 0, high: 1, shape: [2 + keys + (headings > 1 ? headings : 0)] }),
      write: (state, out, offset) => {
        const cell = states.cells[state];
        const { height, width } = states.layouts[states.levels[state]];
        out[offset] = height === 1 ? 0 : Math.floor(cell / width) / (height - 1);
        out[offset + 1] = width === 1 ? 0 : (cell % width) / (width - 1);
        for (let k = 0; k < keys; k++) out[offset + 2 + k] = (states.keys[state] >> k) & 1;
        if (headings > 1) out[offset + 2 + keys + states.headings[state]] = 1;
      },
    };
  };
}
