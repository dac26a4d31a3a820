import type { GridLayout } from './parseGrid.js';

/**
 * The number of up, right, down and left moves from every cell to the nearest goal, doors counted as open: [height·width], Infinity where there is
 * no way.
 */
export function goalDistance(layout: GridLayout): Float64Array {
  const { letters, width, height } = layout;
  const distance = new Float64Array(height * width).fill(Infinity);
  let frontier = Array.from(letters, (_, cell) => cell).filter((cell) => letters[cell] === 'G');
  for (const goal of frontier) distance[goal] = 0;
  for (let steps = 1; frontier.length > 0; steps++) {
    const next: number[] = [];
    for (const cell of frontier) {
      const column = cell % width;
      const around = [cell - width, cell + width, ...(column > 0 ? [cell - 1] : []), ...(column < width - 1 ? [cell + 1] : [])];
      for (const to of around) {
        if (to < 0 || to >= letters.length || letters[to] === '#' || distance[to] !== Infinity) continue;
        distance[to] = steps;
        next.push(to);
      }
    }
    frontier = next;
  }
  return distance;
}
