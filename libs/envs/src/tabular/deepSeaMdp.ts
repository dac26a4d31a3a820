import { Rng } from '@rivulet/engine';
import { outcomeMdp } from './outcomeMdp.js';
import type { Outcome } from './outcomeMdp.js';
import type { TabularMdp } from './assembleMdp.js';

/** What {@link deepSeaMdp} and `deepSea` take; apart from the mapping, the defaults are bsuite's. */
export interface DeepSeaOptions {
  /** N: rows and columns, and the length of an episode. At least 2. */
  readonly size: number;
  /** Whether a step to the right always succeeds; if not, it fails with probability 1/N. Default true. */
  readonly deterministic?: boolean;
  /** The cost of a whole episode of steps to the right; each costs 1/N of it. Default 0.01. */
  readonly moveCost?: number;
  /** The seed of a random mapping of the two actions to left and right in every cell, as in bsuite. Without one, action 1 is right everywhere. */
  readonly mappingSeed?: number;
}

/**
 * The deep sea: from the top left of N × N cells, each step dives one row and goes a column left or right. Only N steps to the right reach the
 * treasure of 1 under the bottom right cell; a step to the right costs moveCost/N. State row·N + column; the last state, N², is the end of the
 * episode. Where the env adds standard normal noise to rewards (see `deepSea`), the table holds the mean.
 *
 * Source: bsuite, environments/deep_sea; Osband et al. (2019), JMLR 20.
 * @throws when the size is not an integer of at least 2.
 */
export function deepSeaMdp(options: DeepSeaOptions): TabularMdp {
  const { size: n, deterministic = true, moveCost = 0.01, mappingSeed } = options;
  if (!Number.isInteger(n) || n < 2) throw new Error(`deepSea: the size must be an integer of at least 2, got ${n}`);
  const mapping = mappingSeed === undefined ? undefined : Rng.fromSeed(mappingSeed);
  const rightAction = Array.from({ length: n * n }, () => (mapping === undefined ? 1 : mapping.nextInt(2)));
  const end = n * n;
  const below = (row: number, column: number): number => (row === n - 1 ? end : (row + 1) * n + Math.min(Math.max(column, 0), n - 1));

  const outcomes = (state: number, action: number): Outcome[] => {
    if (state === end) return [[1, end, 0, true]];
    const row = Math.floor(state / n);
    const column = state % n;
    const last = row === n - 1;
    if (action !== rightAction[state]) return [[1, below(row, column - 1), 0, last]];
    const reward = (column === n - 1 ? 1 : 0) - moveCost / n;
    const arrived = below(row, column + 1);
    const failed = below(row, column);
    if (deterministic || arrived === failed) return [[1, arrived, reward, last]];
    return [
      [1 - 1 / n, arrived, reward, last],
      [1 / n, failed, reward, last],
    ];
  };
  const states = Array.from({ length: n * n + 1 }, (_, state) => state);
  return outcomeMdp({ P: states.map((state) => [outcomes(state, 0), outcomes(state, 1)]), rho: states.map((state) => (state === 0 ? 1 : 0)) });
}
