import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { klOptimum } from './klOptimum.js';
import { nextTokenPolicy } from './nextTokenPolicy.js';
import { tokenMdp } from './tokenMdp.js';

describe('tokenMdp', () => {
  it('enumerates all sequences in lexical order, with their rewards', () => {
    const mdp = tokenMdp({ vocab: 2, length: 3, reward: (ids) => ids[0] * 4 + ids[1] * 2 + ids[2] });
    const { ids, lengths, rewards } = mdp.enumerate();
    expect(ids.shape).toEqual([8, 3]);
    expect([...ids.data]).toEqual([0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1]);
    expect([...rewards]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...lengths]).toEqual(new Array(8).fill(3));
    expect([...mdp.rewards([1, 0, 1])]).toEqual([0, 0, 5]);
  });

  it('ends sequences at eos, and fills up with it', () => {
    const mdp = tokenMdp({ vocab: 3, length: 2, eos: 2, reward: (ids) => ids.length });
    const { ids, lengths, rewards } = mdp.enumerate();
    expect([...ids.data]).toEqual([0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2, 2, 2]);
    expect([...lengths]).toEqual([2, 2, 2, 2, 2, 2, 1]);
    expect([...rewards]).toEqual([2, 2, 2, 2, 2, 2, 1]);
    expect([...mdp.rewards([2, 0, 1])]).toEqual([1]);
  });

  it('pays at every token, given those before', () => {
    const mdp = tokenMdp({ vocab: 2, length: 3, perToken: true, reward: (ids) => (ids.at(-1) === ids.at(-2) ? 1 : 0.5) });
    expect([...mdp.rewards([0, 0, 1])]).toEqual([0.5, 1, 0.5]);
    expect(mdp.enumerate().rewards[0]).toBe(2.5);
  });

  it('names what is wrong', () => {
    const reward = (): number => 0;
    expect(() => tokenMdp({ vocab: 0, length: 1, reward })).toThrow(/vocab must be a positive integer/);
    expect(() => tokenMdp({ vocab: 2, length: 21, reward })).toThrow(/2\^21 sequences are more than 1048576/);
    expect(() => tokenMdp({ vocab: 2, length: 2, eos: 2, reward })).toThrow(/eos must be a token, 0 .. 1, got 2/);
    const mdp = tokenMdp({ vocab: 2, length: 2, reward });
    expect(() => mdp.rewards([0])).toThrow(/a sequence has 2 tokens, got \[0\]/);
    expect(() => mdp.rewards([0, 2])).toThrow(/id 2 at position 1 is not a token/);
  });
});

describe('klOptimum', () => {
  it('is the closed form, by hand', () => {
    // π_ref = (1/2, 1/4, 1/4), r = (0, ln 2, ln 4), β = 1: weights 1/2, 1/2, 1; Z = 2.
    const { logProbs, value, reward, kl } = klOptimum({ rewards: [0, Math.log(2), Math.log(4)], logReference: [Math.log(0.5), Math.log(0.25), Math.log(0.25)], beta: 1 });
    [0.25, 0.25, 0.5].forEach((p, i) => expect(Math.exp(logProbs[i])).toBeCloseTo(p, 12));
    expect(value).toBeCloseTo(Math.log(2), 12);
    expect(reward).toBeCloseTo(0.25 * Math.log(2) + 0.5 * Math.log(4), 12);
    expect(kl).toBeCloseTo(0.25 * Math.log(0.5) + 0.25 * Math.log(1) + 0.5 * Math.log(2), 12);
    expect(value).toBeCloseTo(reward - kl, 12);
  });

  it('beats every other distribution, and lies between the reference and the best sequences', () => {
    const rng = Rng.fromSeed(1);
    const n = 50;
    const rewards = rng.fillNormal(new Float64Array(n));
    const distribution = (): Float64Array => {
      const logits = rng.fillNormal(new Float64Array(n));
      const total = Math.log(logits.reduce((sum, each) => sum + Math.exp(each), 0));
      return logits.map((each) => each - total);
    };
    const logReference = distribution();
    const beta = 0.3;
    const best = klOptimum({ rewards, logReference, beta });
    const objective = (logProbs: Float64Array): number => logProbs.reduce((sum, each, i) => sum + Math.exp(each) * (rewards[i] - beta * (each - logReference[i])), 0);
    expect(objective(best.logProbs)).toBeCloseTo(best.value, 12);
    for (let i = 0; i < 200; i++) expect(objective(distribution())).toBeLessThan(best.value);
    expect(klOptimum({ rewards, logReference, beta: 1e6 }).kl).toBeLessThan(1e-9);
    expect(klOptimum({ rewards, logReference, beta: 1e-3 }).reward).toBeCloseTo(Math.max(...rewards), 6);
  });

  it('survives exponents far beyond float64, and sequences without probability', () => {
    const { logProbs, reward, kl, value } = klOptimum({ rewards: [1e6, 0, 5e6], logReference: [Math.log(0.5), Math.log(0.5), -Infinity], beta: 1e-3 });
    expect([...logProbs].map(Math.exp)).toEqual([1, 0, 0]);
    expect([reward, value]).toEqual([1e6, expect.closeTo(1e6, 0)]);
    expect(kl).toBeCloseTo(Math.log(2), 6);
  });

  it('names what is wrong', () => {
    expect(() => klOptimum({ rewards: [1], logReference: [0, 0], beta: 1 })).toThrow(/1 rewards and 2 log-probabilities/);
    expect(() => klOptimum({ rewards: [1], logReference: [0], beta: 0 })).toThrow(/beta must be positive/);
    expect(() => klOptimum({ rewards: [1, 1], logReference: [-1, -1], beta: 1 })).toThrow(/must sum to 1, they sum to 0.735/);
  });
});

describe('nextTokenPolicy', () => {
  it('is the factorisation of a distribution over sequences', () => {
    const mdp = tokenMdp({ vocab: 3, length: 3, eos: 2, reward: (ids) => ids.filter((id) => id === 1).length });
    const sequences = mdp.enumerate();
    // A reference that draws every token with 1/3.
    const logReference = Float64Array.from(sequences.lengths, (length) => -length * Math.log(3));
    const { logProbs } = klOptimum({ rewards: sequences.rewards, logReference, beta: 0.7 });
    const policy = nextTokenPolicy({ sequences, logProbs, vocab: 3 });
    sequences.lengths.forEach((length, i) => {
      const ids = [...sequences.ids.data.subarray(3 * i, 3 * i + length)];
      const product = ids.reduce((sum, id, t) => sum + Math.log(policy(ids.slice(0, t))[id]), 0);
      expect(product).toBeCloseTo(logProbs[i], 12);
    });
    expect(policy([0, 1]).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(() => policy([2])).toThrow(/no sequence goes on from \[2\]/);
    expect(() => nextTokenPolicy({ sequences, logProbs: [0], vocab: 3 })).toThrow(/15 sequences and 1 log-probabilities/);
  });
});
