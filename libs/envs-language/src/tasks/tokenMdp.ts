import { ndarray } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';

/** What {@link tokenMdp} takes. */
export interface TokenMdpOptions {
  /** Tokens are 0 … vocab − 1. */
  readonly vocab: number;
  /** The longest sequence. */
  readonly length: number;
  /** The reward of a whole sequence (which ends with eos where there is one), or with `perToken` of its last token, given those before. */
  readonly reward: (ids: readonly number[]) => number;
  /** Whether `reward` is paid at every token, and a sequence earns the sum; false unless given. */
  readonly perToken?: boolean;
  /** The token that ends a sequence early; every sequence has the full length unless given. */
  readonly eos?: number;
}

/** All sequences of a {@link tokenMdp}, N of them. */
export interface TokenSequences {
  /** `[N, length]`, in lexical order; after eos come more of it. */
  readonly ids: NdArray<'int32'>;
  /** `[N]`: how many tokens count, eos included. */
  readonly lengths: Int32Array;
  /** `[N]`: the reward of the whole sequence. */
  readonly rewards: Float64Array;
}

/** A small deterministic token MDP. */
export interface TokenMdp {
  readonly vocab: number;
  readonly length: number;
  readonly eos: number | undefined;
  /**
   * The rewards at each token of a sequence; those of a terminal reward are 0 before the end. Tokens after eos do not count.
   * @throws when an id is not a token, or the sequence is not complete.
   */
  rewards(ids: ArrayLike<number>): Float64Array;
  /** Every sequence with its reward. */
  enumerate(): TokenSequences;
}

const MOST = 2 ** 20;

/**
 * Writing a sequence token by token, small enough to enumerate, so that optima can be computed exactly: states are prefixes, actions tokens, and nothing is random but the policy.
 *
 * @throws when an option is out of range, or there are more than 2²⁰ sequences.
 */
export function tokenMdp({ vocab, length, reward, perToken = false, eos }: TokenMdpOptions): TokenMdp {
  for (const [name, value] of Object.entries({ vocab, length })) if (!Number.isInteger(value) || value < 1) throw new Error(`tokenMdp: ${name} must be a positive integer, got ${value}`);
  if (eos !== undefined && !(Number.isInteger(eos) && eos >= 0 && eos < vocab)) throw new Error(`tokenMdp: eos must be a token, 0 .. ${vocab - 1}, got ${eos}`);
  if (vocab ** length > MOST) throw new Error(`tokenMdp: ${vocab}^${length} sequences are more than ${MOST}`);

  const rewards = (ids: ArrayLike<number>): Float64Array => {
    const tokens = Array.from(ids);
    const bad = tokens.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < vocab));
    if (bad >= 0) throw new Error(`tokenMdp: id ${tokens[bad]} at position ${bad} is not a token, 0 .. ${vocab - 1}`);
    const end = eos === undefined ? -1 : tokens.indexOf(eos);
    const count = end < 0 ? tokens.length : end + 1;
    if (count > length || (count < length && end < 0)) throw new Error(`tokenMdp: a sequence has ${length} tokens${eos === undefined ? '' : ` or ends with ${eos}`}, got [${tokens.join(', ')}]`);
    const out = new Float64Array(count);
    for (let t = perToken ? 0 : count - 1; t < count; t++) out[t] = reward(tokens.slice(0, t + 1));
    return out;
  };
  return {
    vocab, length, eos, rewards,
    enumerate() {
      const sequences = all(vocab, length, eos);
      const rows = sequences.map((ids) => Array.from({ length }, (_, t) => ids[t] ?? (eos as number)));
      return {
        ids: ndarray('int32', [sequences.length, length], Int32Array.from(rows.flat())),
        lengths: Int32Array.from(sequences, (ids) => ids.length),
        rewards: Float64Array.from(sequences, (ids) => rewards(ids).reduce((sum, each) => sum + each, 0)),
      };
    },
  };
}

/** Every complete sequence, in lexical order. */
function all(vocab: number, length: number, eos: number | undefined): number[][] {
  let open: number[][] = [[]];
  for (let t = 0; t < length; t++) {
    open = open.flatMap((ids) => (eos !== undefined && ids[ids.length - 1] === eos ? [ids] : Array.from({ length: vocab }, (_, token) => [...ids, token])));
  }
  return open;
}
