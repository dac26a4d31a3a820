import type { Rng } from '@rivulet/engine';

const steps = [
  [-2, 0],
  [0, 2],
  [2, 0],
  [0, -2],
] as const;

/**
 * The rows of a random perfect maze (one path between any two cells), carved by a depth-first walk that backs up at dead ends.
 * Walls all around, start at the top left, goal at the bottom right.
 * @param size rows and columns: odd, at least 5.
 * @throws for another size.
 */
export function mazeRows(rng: Rng, size: number): string[] {
  if (!Number.isInteger(size) || size < 5 || size % 2 === 0) throw new Error(`mazeRows: the size must be odd and at least 5, got ${size}`);
  const grid = Array.from({ length: size }, () => new Array<string>(size).fill('#'));
  const path: (readonly [number, number])[] = [[1, 1]];
  grid[1][1] = 'S';
  while (path.length > 0) {
    const [row, column] = path[path.length - 1];
    const open = steps.filter(([dr, dc]) => grid[row + dr]?.[column + dc] === '#');
    if (open.length === 0) {
      path.pop();
      continue;
    }
    const [dr, dc] = open[rng.nextInt(open.length)];
    grid[row + dr / 2][column + dc / 2] = '.';
    grid[row + dr][column + dc] = '.';
    path.push([row + dr, column + dc]);
  }
  grid[size - 2][size - 2] = 'G';
  return grid.map((row) => row.join(''));
}
