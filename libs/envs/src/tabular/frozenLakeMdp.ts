import { outcomeMdp } from './outcomeMdp.js';
import type { Outcome } from './outcomeMdp.js';
import type { TabularMdp } from './assembleMdp.js';

/** What {@link frozenLakeMdp} and `frozenLake` take; the defaults are Gymnasium's. */
export interface FrozenLakeOptions {
  /** `'4x4'`, `'8x8'`, or rows of S (start), F (ice), H (hole) and G (goal). Default `'4x4'`. */
  readonly map?: '4x4' | '8x8' | readonly string[];
  /** Whether a move may go to either side. Default true. */
  readonly isSlippery?: boolean;
  /** The probability of the intended move on slippery ice; each side gets half of the rest. Default 1/3. */
  readonly successRate?: number;
  /** Rewards of entering a goal, a hole and ice. Default [1, 0, 0]. */
  readonly rewardSchedule?: readonly [goal: number, hole: number, ice: number];
}

const maps = {
  '4x4': ['SFFF', 'FHFH', 'FFFH', 'HFFG'],
  '8x8': ['SFFFFFFF', 'FFFFFFFF', 'FFFHFFFF', 'FFFFFHFF', 'FFFHFFFF', 'FHHFFFHF', 'FHFFHFHF', 'FFFHFFFG'],
} as const;

/** Left, down, right, up: a quarter turn from one action to the next. */
const moves = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
] as const;

function checkMap(map: readonly string[]): void {
  const uneven = map.findIndex((row) => row.length !== map[0].length);
  if (map.length === 0 || uneven >= 0) throw new Error(`frozenLake: all rows of the map must have one length, row ${uneven} differs`);
  const wrong = /[^SFHG]/.exec(map.join(''));
  if (wrong !== null) throw new Error(`frozenLake: the map may hold S, F, H and G, got '${wrong[0]}'`);
  if (!map.some((row) => row.includes('S'))) throw new Error('frozenLake: the map needs a start S');
}

/**
 * The law of Gymnasium's `FrozenLake-v1`: state row·columns + column; actions left, down, right, up; a slippery move goes the intended way with
 * `successRate` p and to each side with (1 − p)/2; a move over the edge stays. Holes and goals end the episode and absorb. Episodes start at a
 * uniformly drawn S.
 *
 * Source: Gymnasium 1.3, toy_text/frozen_lake.
 * @throws when the map is ragged, holds another letter or no start, or a rate is not a probability.
 */
export function frozenLakeMdp(options: FrozenLakeOptions = {}): TabularMdp {
  const { map = '4x4', isSlippery = true, successRate = 1 / 3, rewardSchedule = [1, 0, 0] } = options;
  if (!(successRate >= 0 && successRate <= 1)) throw new Error(`frozenLake: the success rate must be in [0, 1], got ${successRate}`);
  const rows: readonly string[] = typeof map === 'string' ? maps[map] : map;
  checkMap(rows);
  const height = rows.length;
  const width = rows[0].length;
  const failRate = (1 - successRate) / 2;
  const cells = rows.join('');

  const moved = (state: number, action: number): [number, number, boolean] => {
    const row = Math.min(Math.max(Math.floor(state / width) + moves[action][0], 0), height - 1);
    const column = Math.min(Math.max((state % width) + moves[action][1], 0), width - 1);
    const next = row * width + column;
    const kind = 'GH'.indexOf(cells[next]);
    return [next, rewardSchedule[kind < 0 ? 2 : kind], kind >= 0];
  };
  const outcomes = (state: number, action: number): Outcome[] => {
    if ('GH'.includes(cells[state])) return [[1, state, 0, true]];
    if (!isSlippery) return [[1, ...moved(state, action)]];
    return [3, 0, 1].map((turn): Outcome => [turn === 0 ? successRate : failRate, ...moved(state, (action + turn) % 4)]);
  };
  const starts = Array.from(cells, (cell) => (cell === 'S' ? 1 : 0));
  const count = starts.filter((start) => start === 1).length;
  return outcomeMdp({
    P: starts.map((_, state) => moves.map((_move, action) => outcomes(state, action))),
    rho: starts.map((start) => start / count),
  });
}
