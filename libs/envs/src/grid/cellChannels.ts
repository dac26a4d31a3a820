import { isBlocked, keyAt } from './gridCells.js';
import type { GridLayout } from './parseGrid.js';

/** What of a cell an image shows, one channel each: wall, goal, pit, key not yet taken, locked door, and (mark + 1)/10. */
export const numCellChannels = 6;

/** Writes the channels of a cell; cells off the map (−1) are walls. `out` is zero there before. */
export function writeCell(layout: GridLayout, cell: number, keys: number, out: Float32Array | Int32Array, offset: number): void {
  const letter = cell < 0 ? '#' : layout.letters[cell];
  if (letter === '.' || letter === 'S') return;
  if (letter === '#') out[offset] = 1;
  else if (letter === 'G') out[offset + 1] = 1;
  else if (letter === 'X') out[offset + 2] = 1;
  else if (letter >= '0' && letter <= '9') out[offset + 5] = (Number(letter) + 1) / 10;
  else if (letter >= 'a') out[offset + 3] = (keyAt(layout, cell) & keys) === 0 ? 1 : 0;
  else out[offset + 4] = isBlocked(layout, cell, keys) ? 1 : 0;
}
