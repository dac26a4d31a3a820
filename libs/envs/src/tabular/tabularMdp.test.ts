import { ndarray, Rng } from '@rivulet/engine';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectorize } from '../vector/vectorize.js';
import { frozenLakeMdp } from './frozenLakeMdp.js';
import { outcomeMdp } from './outcomeMdp.js';
import type { OutcomeTable } from './outcomeMdp.js';
import { outcomeTable } from './outcomeTable.js';
import { sampleTransition } from './sampleTransition.js';
import { tabularEnv } from './tabularEnv.js';
import { tabularMdp } from './tabularMdp.js';

const P = [
  [[0.5, 0.5, 0], [0, 0, 1]],
  [[0.2, 0.3, 0.5], [1, 0, 0]],
  [[0, 0, 1], [0, 0, 1]],
];
const r = [[1, 2], [3, 4], [5, 6]];

/** Pearson's statistic of observed counts against expected frequencies. */
function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const n = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, i) => (probabilities[i] === 0 ? sum : sum + (count - n * probabilities[i]) ** 2 / (n * probabilities[i])), 0);
}

describe('tabularMdp', () => {
  it('keeps dense tables, and takes nested lists or arrays with a shape', () => {
    const mdp = tabularMdp({ P, r, rho: [1, 0, 0], gamma: 0.9 });
    expect([mdp.numStates, mdp.numActions, mdp.gamma, mdp.horizon]).toEqual([3, 2, 0.9, Infinity]);
    expect([...mdp.P.data]).toEqual(P.flat(2));
    expect([...mdp.r.data]).toEqual(r.flat());
    const same = tabularMdp({ P: ndarray('float64', [3, 2, 3], Float64Array.from(P.flat(2))), r: ndarray('float64', [3, 2], Float64Array.from(r.flat())), rho: ndarray('float64', [3], Float64Array.of(1, 0, 0)) });
    expect(outcomeTable(same)).toEqual(outcomeTable(mdp));
  });

  it('lets the reward depend on the successor: r(s, a) is its mean', () => {
    const rewards = P.map((actions) => actions.map((row) => row.map((_, next) => 10 * next)));
    const mdp = tabularMdp({ P, r: rewards, rho: [1, 0, 0] });
    expect(outcomeTable(mdp)[1][0]).toEqual([[0.2, 0, 0, false], [0.3, 1, 10, false], [0.5, 2, 20, false]]);
    expect(mdp.r.data[2]).toBeCloseTo(13, 12);
  });

  it('ends on entering a terminal state: the continuation leaves its mass out', () => {
    const mdp = tabularMdp({ P, r, rho: [1, 0, 0], terminal: [2] });
    expect([...mdp.continuation.data.subarray(6, 9)]).toEqual([0.2, 0.3, 0]);
    expect([...mdp.P.data.subarray(6, 9)]).toEqual([0.2, 0.3, 0.5]);
    const env = vectorize(tabularEnv(mdp), 1, { autoReset: 'disabled' });
    env.reset();
    expect(env.step(Int32Array.of(1)).terminated[0]).toBe(1);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a row that does not sum to one', () => tabularMdp({ P: [[[0.5, 0.4], [1, 0]], [[1, 0], [1, 0]]], r: [[0, 0], [0, 0]], rho: [1, 0] }), /state 0, action 0: the probabilities must sum to 1, but sum to 0.9/],
    ['a negative probability', () => tabularMdp({ P: [[[1.5, -0.5]], [[1, 0]]], r: [[0], [0]], rho: [1, 0] }), /entry 1 must be a probability/],
    ['rho', () => tabularMdp({ P: [[[1]]], r: [[0]], rho: [0.5] }), /rho: the probabilities must sum to 1/],
    ['the shape of P', () => tabularMdp({ P: [[[1, 0]]], r: [[0]], rho: [1] }), /P must have the shape \[S, A, S\], got \[1, 1, 2\]/],
    ['the shape of r', () => tabularMdp({ P: [[[1]]], r: [[0, 1]], rho: [1] }), /r must have the shape \[1, 1\] or \[1, 1, 1\], got \[1, 2\]/],
    ['ragged lists', () => tabularMdp({ P: [[[1, 0], [1, 0]], [[1, 0]]], r: [[0]], rho: [1] }), /P: the lists differ/],
    ['a reward that is not finite', () => tabularMdp({ P: [[[1]]], r: [[NaN]], rho: [1] }), /reward must be finite/],
    ['a terminal state', () => tabularMdp({ P: [[[1]]], r: [[0]], rho: [1], terminal: [1] }), /terminal state 1/],
    ['gamma', () => tabularMdp({ P: [[[1]]], r: [[0]], rho: [1], gamma: 1.1 }), /gamma must be in \[0, 1\]/],
    ['the horizon', () => tabularMdp({ P: [[[1]]], r: [[0]], rho: [1], horizon: 0 }), /horizon must be a positive integer/],
  ])('names what is wrong: %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('outcomeMdp', () => {
  const table: OutcomeTable = [
    [[[0.25, 1, 1, false], [0.25, 1, 1, true], [0.5, 1, 2, false]]],
    [[[1, 0, 0, false]]],
  ];

  it('keeps several outcomes with one successor apart', () => {
    const mdp = outcomeMdp({ P: table, rho: [1, 0] });
    expect(outcomeTable(mdp)).toEqual(table);
    expect([...mdp.P.data]).toEqual([0, 1, 1, 0]);
    expect([...mdp.continuation.data]).toEqual([0, 0.75, 1, 0]);
    expect(mdp.r.data[0]).toBe(1.5);
  });

  it('names what is wrong', () => {
    expect(() => outcomeMdp({ P: [[[[1, 2, 0, false]]]], rho: [1] })).toThrow(/next state 2 is not in 0..0/);
    expect(() => outcomeMdp({ P: [[[]]], rho: [1] })).toThrow(/at least one outcome/);
    expect(() => outcomeMdp({ P: [...table, [[[1, 0, 0, false]], [[1, 0, 0, false]]]], rho: [1, 0, 0] })).toThrow(/state 2 has 2 actions/);
    expect(() => outcomeMdp({ P: table, rho: [1] })).toThrow(/rho must have 2 entries/);
  });
});

describe('sampling', () => {
  it('follows the probabilities (chi-square, generative access)', () => {
    const mdp = tabularMdp({ P, r, rho: [1, 0, 0] });
    const rng = Rng.fromSeed(11);
    const counts = [0, 0, 0];
    for (let i = 0; i < 20000; i++) counts[sampleTransition(mdp, 1, 0, rng).nextState]++;
    // The 0.999 quantile of chi-square with two degrees of freedom.
    expect(chiSquare(counts, P[1][0])).toBeLessThan(13.82);
    expect(() => sampleTransition(mdp, 3, 0, rng)).toThrow(/state must be in 0..2/);
    expect(() => sampleTransition(mdp, 0, 2, rng)).toThrow(/action must be in 0..1/);
  });

  it('follows the probabilities (chi-square, batched steps of the slippery lake, and its starts)', () => {
    const n = 3000;
    const mdp = frozenLakeMdp({ map: ['SFFS', 'FFFF', 'SFFG'] });
    const env = vectorize(tabularEnv(mdp), n);
    const starts = env.reset({ seed: 2 });
    const startCounts = [0, 3, 8].map((s) => starts.filter((state) => state === s).length);
    expect(startCounts.reduce((a, b) => a + b)).toBe(n);
    expect(chiSquare(startCounts, [1 / 3, 1 / 3, 1 / 3])).toBeLessThan(13.82);
    for (let i = 0; i < n; i++) env.setState(i, [5]);
    const { observation } = env.step(new Int32Array(n).fill(2));
    const counts = [9, 6, 1].map((s) => observation.filter((state) => state === s).length);
    expect(counts.reduce((a, b) => a + b)).toBe(n);
    expect(chiSquare(counts, [1 / 3, 1 / 3, 1 / 3])).toBeLessThan(13.82);
  });

  it('draws only outcomes of positive probability', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 6 }), fc.nat(1000), (weights, seed) => {
        const total = weights.reduce((a, b) => a + b, 0);
        fc.pre(total > 0);
        const S = weights.length;
        const row = weights.map((w) => w / total);
        const mdp = outcomeMdp({ P: row.map(() => [row.map((p, s): [number, number, number, boolean] => [p, s, 0, false])]), rho: row });
        const { nextState } = sampleTransition(mdp, S - 1, 0, Rng.fromSeed(seed));
        return weights[nextState] > 0;
      }),
    );
  });

  it('is cut at the horizon as a truncation', () => {
    const env = vectorize(tabularEnv(tabularMdp({ P: [[[1]]], r: [[2]], rho: [1], horizon: 3 })), 1);
    env.reset();
    const flags = [1, 2, 3, 4].map(() => {
      const { truncated, terminated } = env.step(Int32Array.of(0));
      return [truncated[0], terminated[0]];
    });
    expect(flags).toEqual([[0, 0], [0, 0], [1, 0], [0, 0]]);
  });
});
