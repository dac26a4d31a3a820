import { ndarray } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';

/**
 * A finite Markov decision process. Its law is stored as a list of outcomes per state and action (compressed rows), so that several outcomes
 * with the same successor, and the end of an episode per outcome, are kept apart as in Gymnasium's `P[s][a]`; the dense tables are views computed
 * at their first use. Plain data apart from these: nothing in it changes.
 */
export interface TabularMdp {
  readonly numStates: number;
  readonly numActions: number;
  /** `[S·A + 1]`: the outcomes of (s, a) are the entries `offsets[s·A + a]` to `offsets[s·A + a + 1] − 1` of the next four arrays. */
  readonly offsets: Int32Array;
  /** `[K]`: the probability of each outcome; those of one (s, a) sum to one. */
  readonly probabilities: Float64Array;
  /** [K] */
  readonly nextStates: Int32Array;
  /** [K] */
  readonly rewards: Float64Array;
  /** [K], 1 where the episode ends with the outcome. */
  readonly terminated: Uint8Array;
  /** `[S]`: the distribution of the first state. */
  readonly rho: NdArray<'float64'>;
  /** The discount in [0, 1]; 1 when none was given. */
  readonly gamma: number;
  /** The number of steps after which an episode is cut; infinite when none was given. */
  readonly horizon: number;
  /** `[S, A, S]`: P(s′ | s, a), whether or not the episode ends there. */
  readonly P: NdArray<'float64'>;
  /** `[S, A]`: the expected reward. */
  readonly r: NdArray<'float64'>;
  /** `[S, A, S]`: P(s′ and the episode goes on | s, a), so that Q(s, a) = r(s, a) + γ Σ continuation(s, a, s′) V(s′). Rows sum to less than one where the episode may end. */
  readonly continuation: NdArray<'float64'>;
}

/** The stored part of a {@link TabularMdp}. */
export type MdpOutcomes = Pick<TabularMdp, 'numStates' | 'numActions' | 'offsets' | 'probabilities' | 'nextStates' | 'rewards' | 'terminated' | 'rho'>;

/** How far the sum of a distribution may be from one: float32 tables are let in. */
const sumTolerance = 1e-6;

/** Throws unless the numbers are a distribution. */
export function checkDistribution(where: string, values: ArrayLike<number>): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= 0)) throw new Error(`${where}: entry ${i} must be a probability, got ${values[i]}`);
    sum += values[i];
  }
  if (Math.abs(sum - 1) > sumTolerance) throw new Error(`${where}: the probabilities must sum to 1, but sum to ${sum}`);
}

function checkOutcomes(block: string, outcomes: MdpOutcomes): void {
  const { numStates, numActions, offsets, probabilities, nextStates, rewards } = outcomes;
  for (let row = 0; row < numStates * numActions; row++) {
    const where = `${block}: P of state ${Math.floor(row / numActions)}, action ${row % numActions}`;
    if (offsets[row] === offsets[row + 1]) throw new Error(`${where}: there must be at least one outcome`);
    checkDistribution(where, probabilities.subarray(offsets[row], offsets[row + 1]));
    for (let k = offsets[row]; k < offsets[row + 1]; k++) {
      if (nextStates[k] < 0 || nextStates[k] >= numStates) throw new Error(`${where}: the next state ${nextStates[k]} is not in 0..${numStates - 1}`);
      if (!Number.isFinite(rewards[k])) throw new Error(`${where}: the reward must be finite, got ${rewards[k]}`);
    }
  }
  checkDistribution(`${block}: rho`, outcomes.rho.data);
}

function dense(outcomes: MdpOutcomes, goingOnOnly: boolean): NdArray<'float64'> {
  const { numStates, numActions, offsets, probabilities, nextStates, terminated } = outcomes;
  const table = ndarray('float64', [numStates, numActions, numStates]);
  for (let row = 0; row < numStates * numActions; row++) {
    for (let k = offsets[row]; k < offsets[row + 1]; k++) {
      if (!goingOnOnly || terminated[k] === 0) table.data[row * numStates + nextStates[k]] += probabilities[k];
    }
  }
  return table;
}

function expectedReward(outcomes: MdpOutcomes): NdArray<'float64'> {
  const { numStates, numActions, offsets, probabilities, rewards } = outcomes;
  const table = ndarray('float64', [numStates, numActions]);
  for (let row = 0; row < numStates * numActions; row++) {
    for (let k = offsets[row]; k < offsets[row + 1]; k++) table.data[row] += probabilities[k] * rewards[k];
  }
  return table;
}

/** Checks the outcomes and adds discount, horizon and the dense views. `block` names the caller in errors. */
export function assembleMdp(block: string, outcomes: MdpOutcomes, gamma = 1, horizon = Infinity): TabularMdp {
  if (!(gamma >= 0 && gamma <= 1)) throw new Error(`${block}: gamma must be in [0, 1], got ${gamma}`);
  if (horizon !== Infinity && !(Number.isInteger(horizon) && horizon > 0)) throw new Error(`${block}: the horizon must be a positive integer, got ${horizon}`);
  checkOutcomes(block, outcomes);
  let P: NdArray<'float64'> | undefined;
  let r: NdArray<'float64'> | undefined;
  let continuation: NdArray<'float64'> | undefined;
  return {
    ...outcomes,
    gamma,
    horizon,
    get P() {
      return (P ??= dense(outcomes, false));
    },
    get r() {
      return (r ??= expectedReward(outcomes));
    },
    get continuation() {
      return (continuation ??= dense(outcomes, true));
    },
  };
}
