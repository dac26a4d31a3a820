import type { NdArray } from '@rivulet/engine';
import { assembleMdp } from './assembleMdp.js';
import type { TabularMdp } from './assembleMdp.js';
import { readTable } from './numberTable.js';
import type { NumberTable } from './numberTable.js';

/** What {@link tabularMdp} takes. */
export interface TabularMdpOptions {
  /** `[S, A, S]`: P(s′ | s, a). */
  readonly P: NumberTable;
  /** [S, A], or [S, A, S] where the reward depends on the successor. */
  readonly r: NumberTable;
  /** `[S]`: the distribution of the first state. */
  readonly rho: NumberTable;
  /** The states whose entry ends the episode. None by default. */
  readonly terminal?: readonly number[];
  /** The discount in [0, 1]. Default 1. */
  readonly gamma?: number;
  /** The number of steps after which an episode is cut. Default: none. */
  readonly horizon?: number;
}

function checkShape(name: string, table: NdArray, ...allowed: (readonly number[])[]): void {
  const shown = table.shape.join(', ');
  if (!allowed.some((shape) => shape.join(', ') === shown)) {
    throw new Error(`tabularMdp: ${name} must have the shape ${allowed.map((shape) => `[${shape.join(', ')}]`).join(' or ')}, got [${shown}]`);
  }
}

/**
 * The finite MDP of dense tables: s₀ ~ ρ, s′ ~ P(· | s, a), reward r(s, a) or r(s, a, s′). An episode ends on entering a `terminal` state.
 * The outcomes of (s, a) are its successors of positive probability, in the order of the states.
 *
 * @throws when a shape does not fit, a row of P or rho is not a distribution, a reward is not finite, or gamma or horizon is out of range.
 */
export function tabularMdp(options: TabularMdpOptions): TabularMdp {
  const P = readTable('tabularMdp: P', options.P);
  const [S, A] = P.shape;
  if (P.shape.length !== 3 || P.shape[2] !== S || S < 1 || A < 1) throw new Error(`tabularMdp: P must have the shape [S, A, S], got [${P.shape.join(', ')}]`);
  const r = readTable('tabularMdp: r', options.r);
  const rho = readTable('tabularMdp: rho', options.rho);
  checkShape('r', r, [S, A], [S, A, S]);
  checkShape('rho', rho, [S]);
  for (const state of options.terminal ?? []) {
    if (!Number.isInteger(state) || state < 0 || state >= S) throw new Error(`tabularMdp: the terminal state ${state} is not in 0..${S - 1}`);
  }
  const ends = new Set(options.terminal);
  const entries = Array.from(P.data.keys()).filter((i) => P.data[i] !== 0);
  const offsets = new Int32Array(S * A + 1);
  for (const i of entries) offsets[Math.floor(i / S) + 1]++;
  for (let row = 0; row < S * A; row++) offsets[row + 1] += offsets[row];
  const outcomes = {
    numStates: S,
    numActions: A,
    offsets,
    probabilities: Float64Array.from(entries, (i) => P.data[i]),
    nextStates: Int32Array.from(entries, (i) => i % S),
    rewards: Float64Array.from(entries, (i) => r.data[r.shape.length === 3 ? i : Math.floor(i / S)]),
    terminated: Uint8Array.from(entries, (i) => (ends.has(i % S) ? 1 : 0)),
    rho,
  };
  return assembleMdp('tabularMdp', outcomes, options.gamma, options.horizon);
}
