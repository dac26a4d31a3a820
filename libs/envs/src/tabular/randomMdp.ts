import { ndarray } from '@rivulet/engine';
import type { NdArray, Rng } from '@rivulet/engine';
import { tabularMdp } from './tabularMdp.js';
import type { TabularMdp } from './assembleMdp.js';

/** The families of {@link randomMdp}. */
export type RandomMdpKind = 'random' | 'garnet' | 'ergodic' | 'layered' | 'tree' | 'block' | 'markovChain';

/** What {@link randomMdp} takes. */
export interface RandomMdpOptions {
  /** The number of states. */
  readonly S: number;
  /** The number of actions; 1 for `markovChain`, where it may be left out. */
  readonly A?: number;
  /** Default `'random'`. */
  readonly kind?: RandomMdpKind;
  /** `garnet`, `ergodic`: the number of successors of a state and action. Default: about √S. */
  readonly branching?: number;
  /** `layered`: the number of layers. `block`: the number of latent states. Must divide S. Default: the divisor of S closest to √S. */
  readonly groups?: number;
  /** The discount in [0, 1]. Default 1. */
  readonly gamma?: number;
  /** The number of steps after which an episode is cut. Default: none. */
  readonly horizon?: number;
}

type Fill = (row: Float64Array, state: number, action: number) => void;

/** A draw from Dirichlet(1, …, 1) over the given entries: normalised exponentials. */
function fillDirichlet(rng: Rng, row: Float64Array, entries: Int32Array): void {
  let total = 0;
  for (const entry of entries) total += row[entry] = -Math.log(1 - rng.nextUniform());
  for (const entry of entries) row[entry] /= total;
}

function range(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}

function closestDivisor(n: number): number {
  const divisors = Array.from(range(1, n + 1)).filter((d) => n % d === 0);
  return divisors.reduce((best, d) => (Math.abs(d - Math.sqrt(n)) < Math.abs(best - Math.sqrt(n)) ? d : best));
}

function transitions(S: number, A: number, fill: Fill): NdArray<'float64'> {
  const P = ndarray('float64', [S, A, S]);
  for (let row = 0; row < S * A; row++) fill(P.data.subarray(row * S, (row + 1) * S), Math.floor(row / A), row % A);
  return P;
}

/** Garnet (Archibald et al. 1995): distinct successors at random, probabilities between sorted uniform cuts, which is Dirichlet(1, …, 1). */
function garnet(rng: Rng, S: number, branching: number): Fill {
  return (row) => fillDirichlet(rng, row, rng.permutation(S).subarray(0, branching));
}

/** Half a garnet, half uniform, so that every state is reached from every state under every policy. */
function ergodic(rng: Rng, S: number, branching: number): Fill {
  const draw = garnet(rng, S, branching);
  return (row, state, action) => {
    draw(row, state, action);
    for (let next = 0; next < S; next++) row[next] = 0.5 * row[next] + 0.5 / S;
  };
}

/** Each layer leads to the next; the last one to the first, whose entry ends the episode. */
function layered(rng: Rng, S: number, layers: number): Fill {
  const width = S / layers;
  return (row, state) => {
    const next = (Math.floor(state / width) + 1) % layers;
    fillDirichlet(rng, row, range(next * width, (next + 1) * width));
  };
}

/** Action a leads to the a-th child of a complete tree in breadth-first order; leaves lead to the root, whose entry ends the episode. */
function tree(S: number, A: number): Fill {
  return (row, state, action) => {
    const child = state * A + 1 + action;
    row[child < S ? child : 0] = 1;
  };
}

/** Latent states with a random law; each shows one of its own block of states, drawn from its own distribution. */
function block(rng: Rng, S: number, A: number, blocks: number): { readonly fill: Fill; readonly latent: (state: number) => number } {
  const width = S / blocks;
  const latent = (state: number): number => Math.floor(state / width);
  const law = transitions(blocks, A, (row) => fillDirichlet(rng, row, range(0, blocks)));
  const emission = new Float64Array(S);
  for (let b = 0; b < blocks; b++) fillDirichlet(rng, emission.subarray(b * width, (b + 1) * width), range(0, width));
  const fill: Fill = (row, state, action) => {
    for (let next = 0; next < S; next++) row[next] = law.data[(latent(state) * A + action) * blocks + latent(next)] * emission[next];
  };
  return { fill, latent };
}

function checkCount(name: string, value: number, most = Infinity): void {
  if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`randomMdp: ${name} must be an integer in 1..${most}, got ${value}`);
}

/**
 * A random finite MDP. Rewards r(s, a) are uniform on [0, 1); the start is uniform unless stated.
 *
 * - `random`: every P(· | s, a) ~ Dirichlet(1, …, 1).
 * - `garnet`: `branching` distinct successors (Archibald et al. 1995; Bhatnagar et al. 2009).
 * - `ergodic`: ½ garnet + ½ uniform, so that every policy mixes.
 * - `layered`: `groups` layers of equal size, each leading to the next, starting in the first; the episode ends after the last.
 * - `tree`: a complete A-ary tree, starting at the root; the episode ends after a leaf.
 * - `block`: `groups` latent states that show themselves by disjoint blocks of states; the reward depends on the latent state (Du et al. 2019).
 * - `markovChain`: `random` with one action.
 *
 * @throws when a number is out of range or `groups` does not divide S.
 */
export function randomMdp(rng: Rng, options: RandomMdpOptions): TabularMdp {
  const { S, kind = 'random', gamma, horizon } = options;
  checkCount('S', S);
  const A = options.A ?? 1;
  if (kind === 'markovChain' ? A !== 1 : options.A === undefined) throw new Error(`randomMdp: the kind '${kind}' needs ${kind === 'markovChain' ? 'A = 1' : 'A'}`);
  checkCount('A', A);
  const branching = options.branching ?? Math.max(1, Math.round(Math.sqrt(S)));
  checkCount('branching', branching, S);
  const groups = options.groups ?? closestDivisor(S);
  checkCount('groups', groups, S);
  if (S % groups !== 0) throw new Error(`randomMdp: groups must divide S = ${S}, got ${groups}`);

  const blocks = kind === 'block' ? block(rng, S, A, groups) : undefined;
  const fills: { readonly [K in RandomMdpKind]: () => Fill } = {
    random: () => (row) => fillDirichlet(rng, row, range(0, S)),
    garnet: () => garnet(rng, S, branching),
    ergodic: () => ergodic(rng, S, branching),
    layered: () => layered(rng, S, groups),
    tree: () => tree(S, A),
    block: () => blocks?.fill ?? garnet(rng, S, branching),
    markovChain: () => (row) => fillDirichlet(rng, row, range(0, S)),
  };
  if (!(kind in fills)) throw new Error(`randomMdp: unknown kind '${String(kind)}'; there are ${Object.keys(fills).join(', ')}`);
  const P = transitions(S, A, fills[kind]());
  const r = ndarray('float64', [S, A], rng.fillUniform(new Float64Array(S * A)));
  if (blocks !== undefined) {
    for (let row = 0; row < S * A; row++) r.data[row] = r.data[((blocks.latent(Math.floor(row / A)) * S) / groups) * A + (row % A)];
  }
  const first = kind === 'layered' ? S / groups : kind === 'tree' ? 1 : S;
  const rho = Array.from({ length: S }, (_, state) => (state < first ? 1 / first : 0));
  const terminal = kind === 'layered' || kind === 'tree' ? Array.from(range(0, first)) : [];
  return tabularMdp({ P, r, rho, terminal, gamma, horizon });
}
