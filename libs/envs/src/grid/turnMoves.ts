import type { GridRules } from './gridRules.js';
import { keyAt, neighbour, numKeys } from './gridCells.js';

const ahead = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
] as const;

/**
 * Turns and steps, as in MiniGrid: actions turn left, turn right, forward. The heading at the start is drawn uniformly. Walls, doors and keys as in
 * {@link compassMoves}.
 */
export function turnMoves(): GridRules {
  return (layout) => {
    const keyModes = 1 << numKeys(layout);
    const shift = (cell: number, mode: number, rows: number, columns: number): readonly [number, number] => {
      const next = neighbour(layout, cell, mode % keyModes, rows, columns);
      return [next, mode - (mode % keyModes) + ((mode % keyModes) | keyAt(layout, next))];
    };
    const turned = (mode: number, by: number): number => (mode % keyModes) + keyModes * ((Math.floor(mode / keyModes) + by) % 4);
    return {
      numActions: 3,
      numModes: 4 * keyModes,
      startModes: [0, 1, 2, 3].map((heading) => heading * keyModes),
      numHeadings: 4,
      outcomes: (cell, mode, action) => {
        if (action < 2) return [[1, cell, turned(mode, action === 0 ? 3 : 1)]];
        const [rows, columns] = ahead[Math.floor(mode / keyModes)];
        return [[1, ...shift(cell, mode, rows, columns)]];
      },
      shift,
      describe: (mode) => ({ heading: Math.floor(mode / keyModes), keys: mode % keyModes }),
    };
  };
}
