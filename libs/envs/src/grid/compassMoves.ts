import type { GridRules } from './gridRules.js';
import { keyAt, neighbour, numKeys } from './gridCells.js';

/** [rows, columns], clockwise from up. */
const eight = [
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
] as const;

/**
 * Moves to a neighbouring cell: 4 actions (up, right, down, left) or 8 (clockwise from up, with diagonals, which may pass between two walls).
 * A move into a wall, off the map or into a locked door stays. Keys are picked up by walking over them and are kept.
 */
export function compassMoves(directions: 4 | 8 = 4): GridRules {
  const deltas = eight.filter((_, i) => directions === 8 || i % 2 === 0);
  return (layout) => {
    const shift = (cell: number, mode: number, rows: number, columns: number): readonly [number, number] => {
      const next = neighbour(layout, cell, mode, rows, columns);
      return [next, mode | keyAt(layout, next)];
    };
    return {
      numActions: directions,
      numModes: 1 << numKeys(layout),
      startModes: [0],
      numHeadings: 1,
      outcomes: (cell, mode, action) => [[1, ...shift(cell, mode, deltas[action][0], deltas[action][1])]],
      shift,
      describe: (mode) => ({ heading: 0, keys: mode }),
    };
  };
}
