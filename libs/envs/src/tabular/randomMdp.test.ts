import { Rng } from '@rivulet/engine';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeTable } from './outcomeTable.js';
import { randomMdp } from './randomMdp.js';
import type { RandomMdpKind } from './randomMdp.js';

const kinds: readonly RandomMdpKind[] = ['random', 'garnet', 'ergodic', 'layered', 'tree', 'block', 'markovChain'];

describe('randomMdp', () => {
  it('gives the same MDP for the same seed, another for another', () => {
    for (const kind of kinds) {
      const A = kind === 'markovChain' ? 1 : 3;
      const make = (seed: number) => outcomeTable(randomMdp(Rng.fromSeed(seed), { S: 12, A, kind }));
      expect(make(1)).toEqual(make(1));
      expect(make(1)).not.toEqual(make(2));
    }
  });

  it('has rows that sum to one, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4 }), fc.nat(99), (kind, S, A, seed) => {
        const actions = kind === 'markovChain' ? 1 : A;
        const { P, r } = randomMdp(Rng.fromSeed(seed), { S, A: actions, kind });
        for (let row = 0; row < S * actions; row++) {
          expect(P.data.subarray(row * S, (row + 1) * S).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
          expect(r.data[row]).toBeGreaterThanOrEqual(0);
          expect(r.data[row]).toBeLessThan(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('garnet: has exactly the wanted number of successors', () => {
    const mdp = randomMdp(Rng.fromSeed(3), { S: 20, A: 4, kind: 'garnet', branching: 3 });
    for (let row = 0; row < 80; row++) expect(mdp.offsets[row + 1] - mdp.offsets[row]).toBe(3);
  });

  it('ergodic: reaches every state in one step with at least half of the uniform probability', () => {
    const { P } = randomMdp(Rng.fromSeed(3), { S: 10, A: 2, kind: 'ergodic', branching: 2 });
    expect(Math.min(...P.data)).toBeCloseTo(0.05, 12);
  });

  it('layered: goes from layer to layer and ends after the last', () => {
    const mdp = randomMdp(Rng.fromSeed(4), { S: 12, A: 2, kind: 'layered', groups: 4 });
    outcomeTable(mdp).forEach((actions, s) =>
      actions.flat().forEach(([, next, , terminated]) => {
        expect(Math.floor(next / 3)).toBe((Math.floor(s / 3) + 1) % 4);
        expect(terminated).toBe(s >= 9);
      }),
    );
    expect([...mdp.rho.data].map((p) => p > 0)).toEqual(Array.from({ length: 12 }, (_, s) => s < 3));
  });

  it('tree: action a leads to child a, leaves end the episode', () => {
    const table = outcomeTable(randomMdp(Rng.fromSeed(5), { S: 7, A: 2, kind: 'tree' }));
    expect(table[1].map(([[, next, , end]]) => [next, end])).toEqual([[3, false], [4, false]]);
    expect(table[6].map(([[, next, , end]]) => [next, end])).toEqual([[0, true], [0, true]]);
  });

  it('block: states of one block share law and reward, and successors within a block keep their ratio', () => {
    const { P, r } = randomMdp(Rng.fromSeed(6), { S: 6, A: 2, kind: 'block', groups: 3 });
    expect([...P.data.subarray(0, 12)]).toEqual([...P.data.subarray(12, 24)]);
    expect(r.data[0]).toBe(r.data[2]);
    expect(r.data[0]).not.toBe(r.data[1]);
    expect(P.data[2] / P.data[3]).toBeCloseTo(P.data[38] / P.data[39], 9);
  });

  it('names what is wrong', () => {
    const rng = Rng.fromSeed(0);
    expect(() => randomMdp(rng, { S: 4, A: 2, branching: 5 })).toThrow(/branching must be an integer in 1..4, got 5/);
    expect(() => randomMdp(rng, { S: 4, A: 2, kind: 'layered', groups: 3 })).toThrow(/groups must divide S = 4, got 3/);
    expect(() => randomMdp(rng, { S: 4 })).toThrow(/needs A/);
    expect(() => randomMdp(rng, { S: 4, A: 2, kind: 'markovChain' })).toThrow(/needs A = 1/);
    expect(() => randomMdp(rng, { S: 4, A: 2, kind: 'grid' as RandomMdpKind })).toThrow(/unknown kind 'grid'/);
  });
});
