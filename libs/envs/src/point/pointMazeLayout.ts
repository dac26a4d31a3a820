import { gridLayout } from '../grid/gridLayout.js';
import { parseGrid } from '../grid/parseGrid.js';
import type { GridLayout } from '../grid/parseGrid.js';

const maps = {
  uMaze: ['#####', '#S..#', '###.#', '#G..#', '#####'],
  square: ['#######', '#S....#', '#.###.#', '#.###.#', '#.###.#', '#....G#', '#######'],
  serpentine: ['#########', '#S......#', '#######.#', '#.......#', '#.#######', '#.......#', '#######.#', '#G......#', '#########'],
  tree: ['###########', '#.###.###G#', '#.###.###.#', '#...#.#...#', '###.#.#.###', '###.....###', '#####.#####', '#####.#####', '#####S#####', '###########'],
  deceptive: ['###########', '#.........#', '#.#######.#', '#.......#.#', '#######.#.#', '#S......#G#', '###########'],
  medium: ['########', '#S.##..#', '#..#...#', '##...###', '#..#...#', '#.#..#.#', '#...#.G#', '########'],
  large: ['############', '#S...#.....#', '#.##.#.#.#.#', '#......#...#', '#.####.###.#', '#..#.#.....#', '##.#.#.#.###', '#..#...#..G#', '############'],
} as const;

/** The mazes of {@link pointMazeLayout}. */
export type PointMazeLayoutName = keyof typeof maps | 'fourRooms';

/**
 * A maze by its name. `uMaze`, `medium` and `large` have the walls of D4RL's maze2d (Fu et al. 2020); `fourRooms` is that of the grid worlds;
 * `square` is a ring, `serpentine` one long way, `tree` has four dead ends, one with the goal, and in `deceptive` the goal is near across a wall
 * but far to go.
 * @throws for an unknown name.
 */
export function pointMazeLayout(name: PointMazeLayoutName): GridLayout {
  if (name === 'fourRooms') return gridLayout('fourRooms');
  const rows = maps[name] as readonly string[] | undefined;
  if (rows === undefined) throw new Error(`pointMaze: unknown layout '${String(name)}'; there are fourRooms, ${Object.keys(maps).join(', ')}`);
  return parseGrid(rows);
}
