import { outcomeMdp } from './outcomeMdp.js';
import type { Outcome } from './outcomeMdp.js';
import type { TabularMdp } from './assembleMdp.js';

/** The chains of {@link chainMdp}. */
export type ChainKind = 'sparse' | 'riverSwim' | 'double' | 'log' | 'cliff';

/** What {@link chainMdp} takes. */
export interface ChainMdpOptions {
  /** The number of states, at least 2 (3 for `riverSwim`). */
  readonly length: number;
  /** Default `'sparse'`. */
  readonly kind?: ChainKind;
  /** The probability that the other action is carried out. Default 0.1 for `double` and 0 else; `riverSwim` has its own law and takes none. */
  readonly slip?: number;
  /** The discount in [0, 1]. Default 1. */
  readonly gamma?: number;
  /** Steps of an episode. Default: the one of the source (see {@link chainMdp}). */
  readonly horizon?: number;
}

type Arrival = readonly [nextState: number, reward: number, terminated: boolean];

/** A chain apart from slipping: where each action leads, where episodes start and how long they are. */
interface Chain {
  arrive(state: number, action: number): Arrival;
  starts(state: number): boolean;
  readonly horizon: number;
  readonly slip: number;
}

function sparse(n: number): Chain {
  const arrive = (state: number, action: number): Arrival => {
    const next = action === 0 ? Math.max(state - 1, 0) : Math.min(state + 1, n - 1);
    return [next, next === n - 1 ? 1 : next === 0 ? 0.001 : 0, false];
  };
  return { arrive, starts: (state) => state === 1, horizon: n + 9, slip: 0 };
}

function double(n: number): Chain {
  const arrive = (state: number, action: number): Arrival => {
    const next = action === 0 ? Math.max(state - 1, 0) : Math.min(state + 1, n - 1);
    return [next, next === n - 1 ? 1 : 0, false];
  };
  return { arrive, starts: (state) => state === Math.floor(n / 2), horizon: 20, slip: 0.1 };
}

function log(n: number): Chain {
  const arrive = (state: number, action: number): Arrival => {
    if (action === 0) return state === 0 ? [0, 1, true] : [state - 1, 0, false];
    return state === n - 1 ? [n - 1, -1, true] : [state + 1, 0, false];
  };
  return { arrive, starts: () => true, horizon: Infinity, slip: 0 };
}

function cliff(n: number): Chain {
  const fallen = n - 1;
  const arrive = (state: number, action: number): Arrival => (state === fallen || action === 0 ? [fallen, 0, false] : [(state + 1) % fallen, 1, false]);
  return { arrive, starts: (state) => state === 0, horizon: n - 1, slip: 0 };
}

/** The outcomes of a wanted and a mistaken move, in one where they agree. */
function slipped(wanted: Arrival, mistaken: Arrival, slip: number): Outcome[] {
  if (slip === 0 || wanted.every((part, i) => part === mistaken[i])) return [[1, ...wanted]];
  return [
    [1 - slip, ...wanted],
    [slip, ...mistaken],
  ];
}

function riverSwim(options: ChainMdpOptions): TabularMdp {
  const n = options.length;
  if (options.slip !== undefined) throw new Error('chainMdp: riverSwim has its own current and takes no slip');
  const left = (state: number): Outcome[] => [[1, Math.max(state - 1, 0), state === 0 ? 0.005 : 0, false]];
  const right = (state: number): Outcome[] => {
    const reward = state === n - 1 ? 1 : 0;
    if (state === 0) return [[0.4, 0, 0, false], [0.6, 1, 0, false]];
    if (state === n - 1) return [[0.4, state - 1, reward, false], [0.6, state, reward, false]];
    return [[0.05, state - 1, 0, false], [0.6, state, 0, false], [0.35, state + 1, 0, false]];
  };
  const states = Array.from({ length: n }, (_, state) => state);
  return outcomeMdp({ P: states.map((state) => [left(state), right(state)]), rho: states.map((state) => (state === 0 ? 1 : 0)), gamma: options.gamma, horizon: options.horizon ?? 20 });
}

const chains = { sparse, double, log, cliff };

/**
 * Chains with the actions 0 (left) and 1 (right) that need deep exploration or long credit.
 *
 * - `sparse`: from the second state; 0.001 for arriving at the left end and 1 at the right end, horizon n + 9 (Osband et al. 2016, bootstrapped DQN).
 * - `riverSwim`: left always works, right swims against a current: 0.35 on, 0.6 stay, 0.05 back (0.6 and 0.4 at the ends); 0.005 for left at
 *   the left end, 1 for right at the right end, horizon 20 (Strehl and Littman 2008, with the numbers of Osband et al. 2013).
 * - `double`: from the middle; 1 for arriving at the right end, slip 0.1, horizon 20 (Kaufmann et al. 2021, who take n = 31).
 * - `log`: from any state; +1 for leaving at the left end and −1 at the right end, which both end the episode (van Seijen et al. 2019).
 * - `cliff`: 1 a step to the right along a ring of n − 1 states, while a step to the left falls into the last state, from which no way leads back;
 *   horizon n − 1 (the tightrope of Ross and Bagnell 2010: one mistake costs the rest of the episode).
 *
 * @throws when the length is too small, or slip, gamma or the horizon is out of range.
 */
export function chainMdp(options: ChainMdpOptions): TabularMdp {
  const { length, kind = 'sparse', gamma } = options;
  const least = kind === 'riverSwim' ? 3 : 2;
  if (!Number.isInteger(length) || length < least) throw new Error(`chainMdp: the length must be an integer of at least ${least}, got ${length}`);
  if (kind === 'riverSwim') return riverSwim(options);
  if (!(kind in chains)) throw new Error(`chainMdp: unknown kind '${String(kind)}'; there are ${Object.keys(chains).join(', ')}, riverSwim`);
  const chain = chains[kind](length);
  const slip = options.slip ?? chain.slip;
  if (!(slip >= 0 && slip <= 1)) throw new Error(`chainMdp: slip must be in [0, 1], got ${slip}`);
  const states = Array.from({ length }, (_, state) => state);
  const starts = states.map((state) => (chain.starts(state) ? 1 : 0));
  const count = starts.filter((start) => start === 1).length;
  return outcomeMdp({
    P: states.map((state) => [0, 1].map((action) => slipped(chain.arrive(state, action), chain.arrive(state, 1 - action), slip))),
    rho: starts.map((start) => start / count),
    gamma,
    horizon: options.horizon ?? chain.horizon,
  });
}
