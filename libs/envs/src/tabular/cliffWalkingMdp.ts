import { outcomeMdp } from './outcomeMdp.js';
import type { Outcome } from './outcomeMdp.js';
import type { TabularMdp } from './assembleMdp.js';

/** What {@link cliffWalkingMdp} and `cliffWalking` take. */
export interface CliffWalkingOptions {
  /** Whether a move goes to either side with probability 1/3 each. Default false. */
  readonly isSlippery?: boolean;
}

const height = 4;
const width = 12;
const start = (height - 1) * width;
const goal = height * width - 1;

/** Up, right, down, left: a quarter turn from one action to the next. */
const moves = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
] as const;

function moved(state: number, action: number): [number, number, boolean] {
  const row = Math.min(Math.max(Math.floor(state / width) + moves[action][0], 0), height - 1);
  const column = Math.min(Math.max((state % width) + moves[action][1], 0), width - 1);
  const next = row * width + column;
  return next > start && next < goal ? [start, -100, false] : [next, -1, next === goal];
}

/**
 * The law of Gymnasium's `CliffWalking-v1`: 4 × 12 cells, state row·12 + column, from the bottom left to the bottom right; actions up, right, down,
 * left; reward −1 a step, −100 for a step off the cliff (the cells between), which leads back to the start. Reaching the goal ends the episode.
 *
 * Source: Gymnasium 1.3, toy_text/cliffwalking; Sutton and Barto (2018), example 6.6.
 */
export function cliffWalkingMdp(options: CliffWalkingOptions = {}): TabularMdp {
  const turns = options.isSlippery === true ? [3, 0, 1] : [0];
  const outcomes = (state: number, action: number): Outcome[] => turns.map((turn): Outcome => [1 / turns.length, ...moved(state, (action + turn) % 4)]);
  const states = Array.from({ length: height * width }, (_, state) => state);
  return outcomeMdp({
    P: states.map((state) => moves.map((_, action) => outcomes(state, action))),
    rho: states.map((state) => (state === start ? 1 : 0)),
  });
}
