import type { GridLayout } from '../grid/parseGrid.js';

/** Edges that touch a wall within this many cells do not overlap it. */
const touch = 1e-9;

function isWall({ letters, width, height }: GridLayout, row: number, column: number): boolean {
  return row < 0 || row >= height || column < 0 || column >= width || letters[row * width + column] === '#';
}

/**
 * Moves a square of half side `radius` along one axis as far as no wall is in the way: the new coordinate. All lengths are in cells; `other` is
 * the coordinate across. The step must be shorter than a cell.
 */
export function slide(layout: GridLayout, axis: 'x' | 'y', from: number, other: number, by: number, radius: number): number {
  if (by === 0) return from;
  const to = from + by;
  const edge = by > 0 ? Math.ceil(to + radius - touch) - 1 : Math.floor(to - radius + touch);
  const first = Math.floor(other - radius + touch);
  const last = Math.ceil(other + radius - touch) - 1;
  for (let across = first; across <= last; across++) {
    const blocked = axis === 'x' ? isWall(layout, across, edge) : isWall(layout, edge, across);
    if (blocked) return by > 0 ? edge - radius : edge + 1 + radius;
  }
  return to;
}
