import type { Json } from '@rivulet/engine';
import type { Rows } from '../env.js';
import { parseGrid } from '../grid/parseGrid.js';
import type { GridLayout } from '../grid/parseGrid.js';
import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';
import { pointMazeLayout } from './pointMazeLayout.js';
import type { PointMazeLayoutName } from './pointMazeLayout.js';
import { slide } from './slide.js';

/** What {@link pointMaze} takes. A cell is 1 m wide. */
export interface PointMazeOptions {
  /** A named maze, a map, or rows of walls (true). Default `'uMaze'`. */
  readonly layout?: PointMazeLayoutName | GridLayout | readonly (readonly boolean[])[];
  /** 1 within the goal's radius and 0 else; or exp(−distance in m). Default true. */
  readonly sparse?: boolean;
  /** The goal's [row, column]; or `'drawn'`: each episode draws a free cell other than the start's and shows it. Default: the map's G. */
  readonly goal?: readonly [row: number, column: number] | 'drawn';
  /** m. Default 0.5. */
  readonly goalRadius?: number;
  /** Whether reaching the goal ends the episode. Default true. */
  readonly endsAtGoal?: boolean;
  /** The reward of every step that ends in a cell with the given mark of the map, for instance `{ '1': 0.2 }`. */
  readonly regionRewards?: { readonly [mark: string]: number };
  /** K: observations are images [K, K, 2] of walls and the point instead of numbers. */
  readonly image?: number;
  /** Default 300. */
  readonly maxEpisodeSteps?: number;
  /** Default `'PointMaze-v0'`. */
  readonly id?: string;
}

const TIME_STEP = 0.1;
const MAX_SPEED = 2;
const MAX_ACCELERATION = 5;
const RADIUS = 0.1;
/** Starts are uniform within this many metres of the cell's centre, per axis. */
const START_SPREAD = 0.25;

function layoutOf(layout: NonNullable<PointMazeOptions['layout']>): GridLayout {
  if (typeof layout === 'string') return pointMazeLayout(layout);
  if ('letters' in layout) return layout;
  return parseGrid(layout.map((row) => row.map((wall) => (wall ? '#' : '.')).join('')));
}

/** The cells that can be the goal. */
function goalCells(layout: GridLayout, goal: PointMazeOptions['goal']): readonly number[] {
  const cells = Array.from(layout.letters, (_, cell) => cell);
  if (goal === 'drawn') {
    const free = cells.filter((cell) => layout.letters[cell] !== '#');
    if (free.length < 2) throw new Error('pointMaze: a maze with a drawn goal needs two free cells');
    return free;
  }
  if (goal !== undefined) {
    const [row, column] = goal;
    const inside = row >= 0 && row < layout.height && column >= 0 && column < layout.width;
    if (!inside || layout.letters[row * layout.width + column] === '#') throw new Error(`pointMaze: the goal [${row}, ${column}] is not a free cell`);
    return [row * layout.width + column];
  }
  const marked = cells.filter((cell) => layout.letters[cell] === 'G');
  if (marked.length !== 1) throw new Error(`pointMaze: the map must have one goal G, or 'goal' be given; it has ${marked.length}`);
  return marked;
}

/** [K, K, 2] with the walls in the first channel: each pixel shows the cell under its centre. */
function wallImage(layout: GridLayout, K: number): Float32Array {
  if (!Number.isInteger(K) || K < 1) throw new Error(`pointMaze: the image must have a positive number of pixels a side, got ${K}`);
  const image = new Float32Array(K * K * 2);
  for (let pixel = 0; pixel < K * K; pixel++) {
    const row = Math.floor(((Math.floor(pixel / K) + 0.5) / K) * layout.height);
    const column = Math.floor((((pixel % K) + 0.5) / K) * layout.width);
    if (layout.letters[row * layout.width + column] === '#') image[2 * pixel] = 1;
  }
  return image;
}

function clip(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most);
}

/**
 * A point that drives through a maze. Its position is in metres from the map's top left corner, x to the right and y down; cells are 1 m wide.
 * Action a ∈ [−1, 1]² (clipped); observation x, y, vₓ, v_y, and the goal's x, y if it is drawn, or an image.
 *
 * v ← clip(v + 5 m/s² · a Δt, ±2 m/s) per axis, x ← x + v Δt, Δt = 0.1 s, first along x, then along y. The point is a square of half side
 * 0.1 m; where it meets a wall, it stays in touch and loses the velocity across it. Starts are at rest, within 0.25 m of the centre of a start cell.
 * Reward 1 within 0.5 m of the goal, which ends the episode, else 0; episodes are cut after 300 steps.
 *
 * The mazes are those of D4RL and Gymnasium-Robotics, the point is not: theirs is a MuJoCo body, and its scores do not carry over.
 *
 * `info` tells the `distance` to the goal as the crow flies and `success` (1 within its radius).
 * @throws when the goal is not a free cell or a number is out of range.
 */
export function pointMaze(options: PointMazeOptions = {}): EnvDefinition<Box, Box> {
  const { sparse = true, goal, goalRadius = 0.5, endsAtGoal = true, regionRewards, image, maxEpisodeSteps = 300, id = 'PointMaze-v0' } = options;
  if (!(goalRadius > 0)) throw new Error(`pointMaze: goalRadius must be positive, got ${goalRadius}`);
  const layout = layoutOf(options.layout ?? 'uMaze');
  const { width, height, letters, starts } = layout;
  const goals = goalCells(layout, goal);
  const drawn = goal === 'drawn';
  const walls = image === undefined ? undefined : wallImage(layout, image);
  const columns = drawn ? 6 : 4;
  const high = [width, height, MAX_SPEED, MAX_SPEED, ...(drawn ? [width, height] : [])];
  const low = [0, 0, -MAX_SPEED, -MAX_SPEED, ...(drawn ? [0, 0] : [])];

  const distanceOf = ({ state, numEnvs: n }: Batch, i: number): number => Math.hypot(state[i] - state[4 * n + i], state[n + i] - state[5 * n + i]);
  const drawGoal = (batch: Batch, copy: number, start: number): number => {
    let cell = start;
    while (cell === start) cell = goals[batch.rngs[copy].nextInt(goals.length)];
    return cell;
  };
  const paint = (out: Rows, offset: number, x: number, y: number, pixels: number, background: Float32Array): void => {
    out.set(background, offset);
    const row = Math.min(pixels - 1, Math.floor((y / height) * pixels));
    const column = Math.min(pixels - 1, Math.floor((x / width) * pixels));
    out[offset + 2 * (row * pixels + column) + 1] = 1;
  };

  return {
    id,
    observationSpace: image === undefined ? box({ low, high }) : box({ low: 0, high: 1, shape: [image, image, 2] }),
    actionSpace: box({ low: -1, high: 1, shape: [2] }),
    stateSize: 6,
    maxEpisodeSteps,
    clipsActions: true,
    reset(batch: Batch, copy: number): void {
      const { state, numEnvs: n, rngs } = batch;
      const start = starts[rngs[copy].nextInt(starts.length)];
      const target = drawn ? drawGoal(batch, copy, start) : goals[0];
      state[copy] = (start % width) + 0.5 + rngs[copy].nextUniform(-START_SPREAD, START_SPREAD);
      state[n + copy] = Math.floor(start / width) + 0.5 + rngs[copy].nextUniform(-START_SPREAD, START_SPREAD);
      state[2 * n + copy] = 0;
      state[3 * n + copy] = 0;
      state[4 * n + copy] = (target % width) + 0.5;
      state[5 * n + copy] = Math.floor(target / width) + 0.5;
    },
    step(batch: Batch, actions: Rows, from: number, to: number): void {
      const { state, numEnvs: n } = batch;
      for (let i = from; i < to; i++) {
        const vx = clip(state[2 * n + i] + MAX_ACCELERATION * TIME_STEP * clip(actions[2 * i], 1), MAX_SPEED);
        const vy = clip(state[3 * n + i] + MAX_ACCELERATION * TIME_STEP * clip(actions[2 * i + 1], 1), MAX_SPEED);
        const x = slide(layout, 'x', state[i], state[n + i], vx * TIME_STEP, RADIUS);
        const y = slide(layout, 'y', state[n + i], x, vy * TIME_STEP, RADIUS);
        state[2 * n + i] = x === state[i] + vx * TIME_STEP ? vx : 0;
        state[3 * n + i] = y === state[n + i] + vy * TIME_STEP ? vy : 0;
        state[i] = x;
        state[n + i] = y;
        const distance = distanceOf(batch, i);
        const reached = distance <= goalRadius;
        const region = regionRewards === undefined ? 0 : (regionRewards[letters[Math.floor(y) * width + Math.floor(x)]] ?? 0);
        batch.reward[i] = (sparse ? (reached ? 1 : 0) : Math.exp(-distance)) + region;
        batch.terminated[i] = endsAtGoal && reached ? 1 : 0;
      }
    },
    observe({ state, numEnvs: n }: Batch, out: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        if (image !== undefined && walls !== undefined) paint(out, i * walls.length, state[i], state[n + i], image, walls);
        else for (let k = 0; k < columns; k++) out[columns * i + k] = state[k * n + i];
      }
    },
    info(batch: Batch, copy: number): { readonly [key: string]: Json } {
      const distance = distanceOf(batch, copy);
      return { distance, success: distance <= goalRadius ? 1 : 0 };
    },
  };
}
