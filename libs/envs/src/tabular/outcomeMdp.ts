import { ndarray } from '@rivulet/engine';
import { assembleMdp } from './assembleMdp.js';
import type { TabularMdp } from './assembleMdp.js';

/** One outcome of an action in Gymnasium's form: probability, next state, reward, and whether the episode ends. */
export type Outcome = readonly [probability: number, nextState: number, reward: number, terminated: boolean];

/** `P[state][action]`: the outcomes, in Gymnasium's form. */
export type OutcomeTable = readonly (readonly (readonly Outcome[])[])[];

/** What {@link outcomeMdp} takes. */
export interface OutcomeMdpOptions {
  readonly P: OutcomeTable;
  /** `[S]`: the distribution of the first state. */
  readonly rho: ArrayLike<number>;
  /** The discount in [0, 1]. Default 1. */
  readonly gamma?: number;
  /** The number of steps after which an episode is cut. Default: none. */
  readonly horizon?: number;
}

/**
 * The finite MDP of an outcome table (the `P` of Gymnasium's toy text environments). Outcomes keep their order and are never merged,
 * so that {@link outcomeTable} gives the table back exactly.
 *
 * @throws when the states differ in their number of actions, outcomes of a state and action are missing or do not sum to one, a next state does
 * not exist, or rho does not fit.
 */
export function outcomeMdp(options: OutcomeMdpOptions): TabularMdp {
  const { P, rho } = options;
  const S = P.length;
  const A = P[0]?.length ?? 0;
  if (A === 0) throw new Error('outcomeMdp: P must hold at least one state with one action');
  const uneven = P.findIndex((actions) => actions.length !== A);
  if (uneven >= 0) throw new Error(`outcomeMdp: state ${uneven} has ${P[uneven].length} actions, but state 0 has ${A}`);
  if (rho.length !== S) throw new Error(`outcomeMdp: rho must have ${S} entries, one a state, got ${rho.length}`);
  const rows = P.flat();
  const all = rows.flat();
  const offsets = new Int32Array(S * A + 1);
  rows.forEach((row, i) => (offsets[i + 1] = offsets[i] + row.length));
  const outcomes = {
    numStates: S,
    numActions: A,
    offsets,
    probabilities: Float64Array.from(all, (outcome) => outcome[0]),
    nextStates: Int32Array.from(all, (outcome) => outcome[1]),
    rewards: Float64Array.from(all, (outcome) => outcome[2]),
    terminated: Uint8Array.from(all, (outcome) => (outcome[3] ? 1 : 0)),
    rho: ndarray('float64', [S], Float64Array.from(rho)),
  };
  return assembleMdp('outcomeMdp', outcomes, options.gamma, options.horizon);
}
