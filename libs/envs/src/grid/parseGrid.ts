/**
 * A grid map. Letters: `#` wall, `.` free, `S` start, `G` goal, `X` pit, `a`–`d` keys, `A`–`D` the doors they open, `0`–`9` free cells with a mark.
 * A cell is the number row·width + column.
 */
export interface GridLayout {
  readonly height: number;
  readonly width: number;
  /** The letters of all cells, row by row. */
  readonly letters: string;
  /** The cells where episodes start, uniformly: those marked S, or else all `.` cells. */
  readonly starts: readonly number[];
}

/**
 * Reads a map from its rows.
 * @throws when rows differ in length, a letter is unknown, or there is nowhere to start.
 */
export function parseGrid(rows: readonly string[]): GridLayout {
  const height = rows.length;
  const width = height === 0 ? 0 : rows[0].length;
  if (width === 0) throw new Error('parseGrid: the map must have at least one cell');
  const uneven = rows.findIndex((row) => row.length !== width);
  if (uneven >= 0) throw new Error(`parseGrid: row ${uneven} has ${rows[uneven].length} letters, row 0 has ${width}`);
  const letters = rows.join('');
  const unknown = /[^#.SGXa-dA-D0-9]/.exec(letters);
  if (unknown !== null) throw new Error(`parseGrid: '${unknown[0]}' in row ${Math.floor(unknown.index / width)} is not one of # . S G X a-d A-D 0-9`);
  const cellsOf = (letter: string): number[] => Array.from(letters, (_, i) => i).filter((i) => letters[i] === letter);
  const marked = cellsOf('S');
  const starts = marked.length > 0 ? marked : cellsOf('.');
  if (starts.length === 0) throw new Error('parseGrid: the map needs a start S or a free cell');
  return { height, width, letters, starts };
}
