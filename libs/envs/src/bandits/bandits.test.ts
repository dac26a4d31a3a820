import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { toEnv } from '../vector/toEnv.js';
import { vectorize } from '../vector/vectorize.js';
import { classificationBandit } from './classificationBandit.js';
import { contextualBandit } from './contextualBandit.js';
import { multiArmedBandit } from './multiArmedBandit.js';
import { softmaxLogging } from './softmaxLogging.js';

function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const mean = Array.from(values).reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: Array.from(values).reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
}

describe('multiArmedBandit', () => {
  it('pays Bernoulli rewards with the means, in episodes of one step', () => {
    const n = 6000;
    const env = vectorize(multiArmedBandit({ means: [0.2, 0.7] }), n);
    env.reset({ seed: 1 });
    const { reward, terminated } = env.step(new Int32Array(n).fill(1));
    expect(new Set(reward)).toEqual(new Set([0, 1]));
    // Four standard deviations of the mean.
    expect(Math.abs(moments(reward).mean - 0.7)).toBeLessThan(4 * Math.sqrt(0.21 / n));
    expect(terminated.every((flag) => flag === 1)).toBe(true);
  });

  it('pays normal rewards', () => {
    const n = 6000;
    const env = vectorize(multiArmedBandit({ means: [3, -1], distribution: 'gaussian', noise: 2 }), n);
    env.reset({ seed: 2 });
    const { mean, variance } = moments(env.step(new Int32Array(n)).reward);
    expect(Math.abs(mean - 3)).toBeLessThan(4 * Math.sqrt(4 / n));
    expect(Math.abs(variance - 4)).toBeLessThan(4 * Math.sqrt(32 / n));
  });

  it('adds up regret and time, and ends at the horizon', () => {
    const env = toEnv(multiArmedBandit({ means: [0.5, 1, 0.2], distribution: 'gaussian', noise: 0, durations: [1, 20, 3], horizon: 3 }));
    env.reset();
    const steps = [0, 1, 2].map((arm) => env.step(arm));
    expect(steps.map(({ reward, terminated }) => [reward, terminated])).toEqual([[0.5, false], [1, false], [0.2, true]]);
    expect(steps[2].info).toEqual({ regret: 0.5 + 0.8, best: 1, time: 24 });
    expect(env.reset().info).toEqual({ regret: 0, best: 1, time: 0 });
  });

  it('switches the means as often as said, among the given sets', () => {
    const n = 4000;
    const env = vectorize(multiArmedBandit({ means: [1, 0], meanSets: [[1, 0], [0, 1]], switchProbability: 0.5, horizon: Infinity }), n);
    env.reset({ seed: 3 });
    env.step(new Int32Array(n));
    const switched = Array.from({ length: n }, (_, i) => Number(env.info(i).best === 1));
    // A switch happens with 1/2 and leads to the other set with 1/2.
    expect(Math.abs(moments(switched).mean - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / n));
    const order = toEnv(multiArmedBandit({ means: [0.1, 0.2, 0.3], switchProbability: 1, horizon: Infinity }));
    order.reset();
    order.step(0);
    expect([...order.getState().subarray(3)].sort()).toEqual([0.1, 0.2, 0.3]);
  });

  it('follows means that are a function of the step', () => {
    const env = toEnv(multiArmedBandit({ means: (t) => [t, -t], distribution: 'gaussian', noise: 0, horizon: 4 }));
    env.reset();
    expect([0, 0, 1, 0].map((arm) => env.step(arm).reward)).toEqual([0, 1, -2, 3]);
  });

  it('names what is wrong', () => {
    expect(() => multiArmedBandit({ means: [] })).toThrow(/must be 1 means, got 0/);
    expect(() => multiArmedBandit({ means: [2] })).toThrow(/in \[0, 1\] for Bernoulli/);
    expect(() => multiArmedBandit({ means: [0.5], switchProbability: 2 })).toThrow(/switchProbability/);
    expect(() => multiArmedBandit({ means: () => [0.5], switchProbability: 0.1 })).toThrow(/cannot switch/);
    expect(() => multiArmedBandit({ means: [0.5], durations: [0] })).toThrow(/positive durations/);
    expect(() => multiArmedBandit({ means: [0.5], horizon: 0 })).toThrow(/horizon/);
  });
});

describe('contextualBandit', () => {
  const contexts = [[0, 1], [2, -3], [4, 5]];
  const rewards = [[1, 0], [0.25, 0.75], [0, 0.5]];

  it('shows a context and pays its reward; the regret is exact', () => {
    const env = toEnv(contextualBandit({ contexts, rewards, horizon: 50 }), { seed: 4 });
    let { observation, info } = env.reset();
    let regret = 0;
    for (let t = 0; t < 50; t++) {
      const x = info.context as number;
      expect([...observation.data]).toEqual(contexts[x]);
      const step = env.step(t % 2);
      expect(step.reward).toBe(rewards[x][t % 2]);
      regret += Math.max(...rewards[x]) - step.reward;
      expect(step.info.regret).toBeCloseTo(regret, 12);
      expect(step.terminated).toBe(t === 49);
      ({ observation, info } = step);
    }
  });

  it('logs with propensities: frequencies fit, and inverse propensity scoring finds the value of another policy', () => {
    const logging = softmaxLogging(rewards, 2);
    const bandit = contextualBandit({ contexts, rewards, logging, distribution: 'bernoulli' });
    const n = 20000;
    const log = bandit.log(n, Rng.fromSeed(5));
    const target = [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]];
    const estimates = Array.from({ length: n }, (_, i) => {
      const [x, a] = [log.contextIndices.data[i], log.actions.data[i]];
      expect(log.propensities.data[i]).toBe(Math.fround(logging.data[x * 2 + a]));
      return (target[x][a] / log.propensities.data[i]) * log.rewards.data[i];
    });
    const { mean, variance } = moments(estimates);
    expect(bandit.policyValue(target)).toBeCloseTo((0.9 + 0.125 + 0.375 + 0.4) / 3, 12);
    expect(Math.abs(mean - bandit.policyValue(target))).toBeLessThan(4 * Math.sqrt(variance / n));
    expect([...log.contexts.data.subarray(0, 2)]).toEqual(contexts[log.contextIndices.data[0]]);
    expect(bandit.log(10, Rng.fromSeed(1))).toEqual(bandit.log(10, Rng.fromSeed(1)));
  });

  it('softmax logging goes from the worst over uniform to the best', () => {
    expect([...softmaxLogging(rewards, 0).data]).toEqual(new Array(6).fill(0.5));
    expect(softmaxLogging([[1, 2]], 1).data[1]).toBeCloseTo(Math.E / (1 + Math.E), 12);
    expect([...softmaxLogging([[1000, 0]], 1).data]).toEqual([1, 0]);
    expect(softmaxLogging([[1, 0]], -1).data[0]).toBeLessThan(0.5);
  });

  it('a classification set pays the right class', () => {
    const bandit = classificationBandit({ features: [[1], [2]], labels: [2, 0], classes: 3 });
    expect([...bandit.rewards.data]).toEqual([0, 0, 1, 1, 0, 0]);
    expect(() => classificationBandit({ features: [[1]], labels: [3], classes: 3 })).toThrow(/label 0 is 3/);
  });

  it('names what is wrong', () => {
    expect(() => contextualBandit({ contexts: [1], rewards })).toThrow(/contexts must have the shape/);
    expect(() => contextualBandit({ contexts, rewards: [[1, 0]] })).toThrow(/rewards must have the shape \[3, A\]/);
    expect(() => contextualBandit({ contexts, rewards, logging: [[1, 0], [1, 1], [0, 1]] })).toThrow(/logging of context 1: the probabilities must sum to 1/);
    expect(() => contextualBandit({ contexts, rewards: [[2, 0], [0, 0], [0, 0]], distribution: 'bernoulli' })).toThrow(/in \[0, 1\]/);
    expect(() => contextualBandit({ contexts, rewards }).log(0, Rng.fromSeed(0))).toThrow(/positive integer/);
  });
});
