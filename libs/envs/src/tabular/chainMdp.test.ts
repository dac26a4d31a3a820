import { describe, expect, it } from 'vitest';
import { vectorize } from '../vector/vectorize.js';
import { chain } from './chain.js';
import { chainMdp } from './chainMdp.js';
import type { ChainKind } from './chainMdp.js';
import { deepSea } from './deepSea.js';
import { deepSeaMdp } from './deepSeaMdp.js';
import { outcomeTable } from './outcomeTable.js';

describe('chainMdp', () => {
  it('sparse: a small reward on the left, a large one on the right', () => {
    const mdp = chainMdp({ length: 5 });
    const table = outcomeTable(mdp);
    expect(table[1]).toEqual([[[1, 0, 0.001, false]], [[1, 2, 0, false]]]);
    expect(table[4]).toEqual([[[1, 3, 0, false]], [[1, 4, 1, false]]]);
    expect([[...mdp.rho.data], mdp.horizon]).toEqual([[0, 1, 0, 0, 0], 14]);
  });

  it('riverSwim: left is sure, right swims against the current', () => {
    const table = outcomeTable(chainMdp({ length: 6, kind: 'riverSwim' }));
    expect(table[0]).toEqual([[[1, 0, 0.005, false]], [[0.4, 0, 0, false], [0.6, 1, 0, false]]]);
    expect(table[2]).toEqual([[[1, 1, 0, false]], [[0.05, 1, 0, false], [0.6, 2, 0, false], [0.35, 3, 0, false]]]);
    expect(table[5][1]).toEqual([[0.4, 4, 1, false], [0.6, 5, 1, false]]);
  });

  it('double: from the middle, slipping', () => {
    const mdp = chainMdp({ length: 31, kind: 'double' });
    expect(mdp.rho.data[15]).toBe(1);
    expect(outcomeTable(mdp)[15][1]).toEqual([[0.9, 16, 0, false], [0.1, 14, 0, false]]);
    expect(outcomeTable(mdp)[30][1]).toEqual([[0.9, 30, 1, false], [0.1, 29, 0, false]]);
  });

  it('log: ends at both sides', () => {
    const table = outcomeTable(chainMdp({ length: 4, kind: 'log' }));
    expect(table[0][0]).toEqual([[1, 0, 1, true]]);
    expect(table[3][1]).toEqual([[1, 3, -1, true]]);
    expect(table[2]).toEqual([[[1, 1, 0, false]], [[1, 3, 0, false]]]);
  });

  it('cliff: one mistake costs the rest of the episode', () => {
    const env = vectorize(chain({ length: 6, kind: 'cliff' }), 1);
    const play = (actions: readonly number[]): number => {
      env.reset();
      return actions.reduce((sum, action) => sum + env.step(Int32Array.of(action)).reward[0], 0);
    };
    expect(play([1, 1, 1, 1, 1])).toBe(5);
    expect(play([1, 1, 0, 1, 1])).toBe(2);
  });

  it('names what is wrong', () => {
    expect(() => chainMdp({ length: 1 })).toThrow(/length must be an integer of at least 2/);
    expect(() => chainMdp({ length: 4, slip: 2 })).toThrow(/slip must be in/);
    expect(() => chainMdp({ length: 4, kind: 'riverSwim', slip: 0.1 })).toThrow(/takes no slip/);
    expect(() => chainMdp({ length: 4, kind: 'x' as ChainKind })).toThrow(/unknown kind 'x'/);
  });
});

describe('deepSea', () => {
  const returnOf = (actions: readonly number[], options = {}): number => {
    const env = vectorize(deepSea({ size: 4, ...options }), 1, { autoReset: 'disabled' });
    env.reset();
    return actions.reduce((sum, action) => sum + env.step(Int32Array.of(action)).reward[0], 0);
  };

  it('pays 0.99 for going right all the way, and only for that', () => {
    expect(returnOf([1, 1, 1, 1])).toBeCloseTo(0.99, 12);
    expect(returnOf([1, 1, 1, 0])).toBeCloseTo(-0.0075, 12);
    expect(returnOf([0, 1, 1, 1])).toBeCloseTo(-0.0075, 12);
  });

  it('shows the cell as an image, zeros at the end, which comes after N steps', () => {
    const env = vectorize(deepSea({ size: 3 }), 1, { autoReset: 'disabled' });
    expect([...env.reset()]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...env.step(Int32Array.of(1)).observation]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect([...env.step(Int32Array.of(0)).observation]).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0]);
    const { observation, terminated } = env.step(Int32Array.of(0));
    expect([[...observation], terminated[0]]).toEqual([new Array(9).fill(0), 1]);
  });

  it('maps the actions by a seed', () => {
    const right = (seed: number): number[] => outcomeTable(deepSeaMdp({ size: 5, mappingSeed: seed })).slice(0, 20).map((actions) => (actions[0][0][2] < 0 ? 0 : 1));
    expect(right(1)).toEqual(right(1));
    expect(right(1)).not.toEqual(right(2));
    expect(new Set(right(1)).size).toBe(2);
  });

  it('stochastic: right fails with 1/N, outer cells of the last row are noisy', () => {
    const table = outcomeTable(deepSeaMdp({ size: 4, deterministic: false }));
    expect(table[0][1]).toEqual([[0.75, 5, -0.0025, false], [0.25, 4, -0.0025, false]]);
    expect(table[15][1]).toEqual([[1, 16, 1 - 0.0025, true]]);
    const n = 2000;
    const env = vectorize(deepSea({ size: 4, deterministic: false }), n, { autoReset: 'disabled' });
    env.reset();
    for (let i = 0; i < n; i++) env.setState(i, [12]);
    const { reward } = env.step(new Int32Array(n));
    const mean = reward.reduce((a, b) => a + b, 0) / n;
    const variance = reward.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(0.08);
    expect(Math.abs(variance - 1)).toBeLessThan(0.12);
  });
});
