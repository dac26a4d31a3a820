import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import { numCellChannels, writeCell } from './cellChannels.js';
import type { GridObservation } from './gridObservation.js';
import type { GridLayout } from './parseGrid.js';

/** [rows, columns] of one cell ahead, by heading; one cell to the right is the next heading's. */
const ahead = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
] as const;

/** The cell some cells in front and to the right of a cell; −1 off the map. */
function cellAt(layout: GridLayout, cell: number, heading: number, forward: number, right: number): number {
  const side = ahead[(heading + 1) % 4];
  const row = Math.floor(cell / layout.width) + forward * ahead[heading][0] + right * side[0];
  const column = (cell % layout.width) + forward * ahead[heading][1] + right * side[1];
  return row < 0 || row >= layout.height || column < 0 || column >= layout.width ? -1 : row * layout.width + column;
}

/**
 * The K × K cells around the agent, who is in the middle and looks up the image: [K, K, 6], with wall (also off the map), goal, pit, key, locked
 * door and mark (tenths). Walls do not hide what is behind.
 * @throws when K is not odd and positive.
 */
export function egocentricView(K: number): GridObservation<Box> {
  if (!Number.isInteger(K) || K < 1 || K % 2 === 0) throw new Error(`egocentricView: K must be odd and positive, got ${K}`);
  const middle = (K - 1) / 2;
  return (states) => ({
    space: box({ low: 0, high: 1, shape: [K, K, numCellChannels] }),
    write: (state, out, offset) => {
      const layout = states.layouts[states.levels[state]];
      for (let row = 0; row < K; row++) {
        for (let column = 0; column < K; column++) {
          const seen = cellAt(layout, states.cells[state], states.headings[state], middle - row, column - middle);
          writeCell(layout, seen, states.keys[state], out, offset + (row * K + column) * numCellChannels);
        }
      }
    },
  });
}
