import type { GridLayout } from './parseGrid.js';

const keyLetters = 'abcd';

/** The number of keys a map has room for: one more than the last of a, b, c, d that lies in it. */
export function numKeys(layout: GridLayout): number {
  return Math.max(0, ...Array.from(layout.letters, (letter) => keyLetters.indexOf(letter) + 1));
}

/** The bit of the key on a cell; 0 where there is none. */
export function keyAt(layout: GridLayout, cell: number): number {
  const index = keyLetters.indexOf(layout.letters[cell]);
  return index < 0 ? 0 : 1 << index;
}

/** Whether someone with these keys may not enter a cell: a wall, or a door whose key is missing. */
export function isBlocked(layout: GridLayout, cell: number, keys: number): boolean {
  const letter = layout.letters[cell];
  if (letter === '#') return true;
  const door = keyLetters.toUpperCase().indexOf(letter);
  return door >= 0 && (keys & (1 << door)) === 0;
}

/** The cell next to a cell, or the cell itself where the map ends or a wall or locked door is in the way. */
export function neighbour(layout: GridLayout, cell: number, keys: number, rows: number, columns: number): number {
  const row = Math.floor(cell / layout.width) + rows;
  const column = (cell % layout.width) + columns;
  if (row < 0 || row >= layout.height || column < 0 || column >= layout.width) return cell;
  const next = row * layout.width + column;
  return isBlocked(layout, next, keys) ? cell : next;
}
