import { Rng } from '@rivulet/engine';
import { mazeRows } from './mazeRows.js';
import { parseGrid } from './parseGrid.js';
import type { GridLayout } from './parseGrid.js';

/** The maps of {@link gridLayout}. */
export type GridLayoutName = 'empty' | 'fourRooms' | 'rooms' | 'maze' | 'corridor' | 'keyDoor' | 'tMaze' | 'cliff' | 'darkRoom';

/** What {@link gridLayout} takes beside the name. */
export interface GridLayoutOptions {
  /** The measure that the name says. */
  readonly size?: number;
  /** Draws what is random in a map. Default: the stream of seed 0. */
  readonly rng?: Rng;
}

function repeated(row: string, count: number): string[] {
  return new Array<string>(count).fill(row);
}

function empty(size: number): string[] {
  return [`S${'.'.repeat(size - 1)}`, ...repeated('.'.repeat(size), size - 2), `${'.'.repeat(size - 1)}G`];
}

const fourRooms = [
  '#############',
  '#.....#.....#',
  '#.....#.....#',
  '#...........#',
  '#.....#.....#',
  '#.....#.....#',
  '##.####.....#',
  '#.....###G###',
  '#.....#.....#',
  '#.....#.....#',
  '#...........#',
  '#.....#.....#',
  '#############',
];

/** 3 × 3 rooms; a door at a random place in every wall between two rooms. */
function rooms(side: number, rng: Rng): string[] {
  const pitch = side + 1;
  const total = 3 * pitch + 1;
  const grid = Array.from({ length: total }, (_, row) => Array.from({ length: total }, (_cell, column): string => (row % pitch === 0 || column % pitch === 0 ? '#' : '.')));
  for (let i = 0; i < 3; i++) {
    for (let j = 1; j < 3; j++) {
      grid[i * pitch + 1 + rng.nextInt(side)][j * pitch] = '.';
      grid[j * pitch][i * pitch + 1 + rng.nextInt(side)] = '.';
    }
  }
  grid[1][1] = 'S';
  grid[total - 2][total - 2] = 'G';
  return grid.map((row) => row.join(''));
}

/** Two rooms and a locked door between them: the key in the first, the goal in the second. */
function keyDoor(side: number, rng: Rng): string[] {
  const grid = Array.from({ length: side }, () => Array.from({ length: 2 * side + 1 }, (_, column): string => (column === side ? '#' : '.')));
  const key = 1 + rng.nextInt(side * side - 1);
  grid[0][0] = 'S';
  grid[Math.floor(key / side)][key % side] = 'a';
  grid[rng.nextInt(side)][side] = 'A';
  grid[side - 1][2 * side] = 'G';
  return grid.map((row) => row.join(''));
}

/** The mark in the first cell tells the side of the goal, 1 up and 2 down; the pit is on the other side. */
function tMaze(length: number, rng: Rng): string[] {
  const up = rng.nextInt(2) === 0;
  const wall = '#'.repeat(length + 1);
  return [`${wall}${up ? 'G' : 'X'}`, `${up ? 1 : 2}S${'.'.repeat(length)}`, `${wall}${up ? 'X' : 'G'}`];
}

function darkRoom(size: number, rng: Rng): string[] {
  const centre = Math.floor(size / 2) * size + Math.floor(size / 2);
  const drawn = rng.nextInt(size * size - 1);
  const goal = drawn < centre ? drawn : drawn + 1;
  const letters = Array.from({ length: size * size }, (_, cell) => (cell === goal ? 'G' : cell === centre ? 'S' : '.')).join('');
  return Array.from({ length: size }, (_, row) => letters.slice(row * size, (row + 1) * size));
}

interface Maker {
  readonly size: number;
  readonly least: number;
  make(size: number, rng: Rng): readonly string[];
}

const makers: { readonly [N in GridLayoutName]: Maker } = {
  empty: { size: 5, least: 2, make: empty },
  fourRooms: { size: 13, least: 13, make: () => fourRooms },
  rooms: { size: 3, least: 2, make: rooms },
  maze: { size: 11, least: 5, make: (size, rng) => mazeRows(rng, size) },
  corridor: { size: 10, least: 2, make: (size) => [`S${'.'.repeat(size - 2)}G`] },
  keyDoor: { size: 4, least: 2, make: keyDoor },
  tMaze: { size: 8, least: 1, make: tMaze },
  cliff: { size: 12, least: 3, make: (size) => [...repeated('.'.repeat(size), 3), `S${'X'.repeat(size - 2)}G`] },
  darkRoom: { size: 9, least: 2, make: darkRoom },
};

/**
 * A map by its name, with what `size` means and its default:
 *
 * - `empty` (5): rows and columns, from the top left to the bottom right corner.
 * - `fourRooms`: the 104 cells of Sutton, Precup and Singh (1999), any start, the goal in the eastern doorway.
 * - `rooms` (3): the inner side of each of 3 × 3 rooms with random doors.
 * - `maze` (11): odd rows and columns of a random maze.
 * - `corridor` (10): its length.
 * - `keyDoor` (4): the side of two rooms with a locked door between them, key and door at random places.
 * - `tMaze` (8): the corridor from the start to the junction; a mark before the start tells the side of the goal (Bakker 2002).
 * - `cliff` (12): the columns of the 4-row cliff of Sutton and Barto, example 6.6, where a pit ends the episode.
 * - `darkRoom` (9): rows and columns, from the centre to a random goal (Laskin et al. 2022).
 *
 * @throws for an unknown name or a size out of range.
 */
export function gridLayout(name: GridLayoutName, options: GridLayoutOptions = {}): GridLayout {
  const maker = makers[name] as Maker | undefined;
  if (maker === undefined) throw new Error(`gridLayout: unknown layout '${String(name)}'; there are ${Object.keys(makers).join(', ')}`);
  const size = options.size ?? maker.size;
  if (!Number.isInteger(size) || size < maker.least) throw new Error(`gridLayout: the size of ${name} must be an integer of at least ${maker.least}, got ${size}`);
  return parseGrid(maker.make(size, options.rng ?? Rng.fromSeed(0)));
}
