import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { interquartileMean } from './interquartileMean.js';
import { iqmBootstrap } from './iqmBootstrap.js';
import { mean } from './mean.js';
import { performanceProfile } from './performanceProfile.js';
import { sampleEfficiencyCurve } from './sampleEfficiencyCurve.js';
import type { Scores } from './scores.js';
import { stratifiedBootstrap } from './stratifiedBootstrap.js';

describe('stratifiedBootstrap', () => {
  it('finds the exact percentiles of a distribution that can be enumerated', () => {
    // The mean of 3 draws from {0, 3, 6} takes 0 .. 6 with probabilities 1 3 6 7 6 3 1 of 27.
    // Cumulated: .037 .148 .370 .630 .852 .963 1, hence the quantiles .05 -> 1, .95 -> 5, .25 -> 2, .75 -> 4.
    const scores = [[0], [3], [6]];
    expect(stratifiedBootstrap(scores, mean, { reps: 10000, level: 0.9 }, Rng.fromSeed(1))).toEqual({ value: 3, low: 1, high: 5 });
    expect(stratifiedBootstrap(scores, mean, { reps: 10000, level: 0.5 }, Rng.fromSeed(2))).toEqual({ value: 3, low: 2, high: 4 });
  });

  it('interpolates linearly between replicates', () => {
    const values = [10, 20, 30, 40];
    let next = -1;
    const statistic = () => (next < 0 ? ((next = 0), 25) : values[next++]);
    // Positions .25 * 3 = .75 and .75 * 3 = 2.25 of the sorted replicates.
    expect(stratifiedBootstrap([[1]], statistic, { reps: 4, level: 0.5 }, Rng.fromSeed(0))).toEqual({ value: 25, low: 17.5, high: 32.5 });
  });

  it('resamples runs within each task, independently of the other tasks', () => {
    const seen = new Set<string>();
    const record = (resampled: Scores) => {
      for (const run of resampled) {
        expect([0, 1]).toContain(run[0]);
        expect([10, 11]).toContain(run[1]);
        seen.add(run.join(' '));
      }
      return 0;
    };
    stratifiedBootstrap([[0, 10], [1, 11]], record, { reps: 100 }, Rng.fromSeed(1));
    expect([...seen].sort()).toEqual(['0 10', '0 11', '1 10', '1 11']);
  });

  it('covers the true mean about as often as it says (level .8, normal scores, 40 runs)', () => {
    const rng = Rng.fromSeed(8);
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const scores = Array.from({ length: 40 }, () => [rng.nextNormal()]);
      const { low, high } = stratifiedBootstrap(scores, mean, { reps: 150, level: 0.8 }, rng);
      if (low <= 0 && high >= 0) covered++;
    }
    // Standard deviation .028 of the fraction.
    expect(covered / 200).toBeGreaterThan(0.7);
    expect(covered / 200).toBeLessThan(0.9);
  });

  it('gives the same bits after the same seed, and leaves the scores alone', () => {
    const scores = [[1, 5], [2, 9], [4, 7]];
    const run = (seed: number) => iqmBootstrap(scores, { reps: 200 }, Rng.fromSeed(seed));
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(iqmBootstrap(scores, { reps: 200, level: 0.5 }, Rng.fromSeed(1)));
    expect(run(1).iqm).toBe(interquartileMean(scores));
    expect(scores).toEqual([[1, 5], [2, 9], [4, 7]]);
  });

  it('says what is wrong', () => {
    expect(() => iqmBootstrap([[1]], { level: 1 }, Rng.fromSeed(0))).toThrow('level must lie in (0, 1)');
    expect(() => iqmBootstrap([[1]], { reps: 0 }, Rng.fromSeed(0))).toThrow('reps must be');
    expect(() => iqmBootstrap([[1], []], {}, Rng.fromSeed(0))).toThrow('run 1 has 0 scores');
  });
});

describe('performanceProfile', () => {
  const scores = [[0, 1], [1, 3], [2, 2]];

  it('counts scores strictly above each tau (by hand)', () => {
    const { profile, low, high, taus } = performanceProfile(scores, [-1, 0, 1, 2, 3], { reps: 300 }, Rng.fromSeed(1));
    expect(taus).toEqual([-1, 0, 1, 2, 3]);
    expect(profile).toEqual([1, 5 / 6, 3 / 6, 1 / 6, 0]);
    profile.forEach((value, k) => {
      expect(low[k]).toBeLessThanOrEqual(value);
      expect(high[k]).toBeGreaterThanOrEqual(value);
    });
    expect(high[2]).toBeGreaterThan(low[2]);
    expect([low[0], high[0], low[4], high[4]]).toEqual([1, 1, 0, 0]);
  });

  it('counts task means for averageScores', () => {
    const { profile } = performanceProfile(scores, [0.5, 1, 1.5, 2], { reps: 10, kind: 'averageScores' }, Rng.fromSeed(1));
    expect(profile).toEqual([1, 0.5, 0.5, 0]); // task means 1 and 2
  });
});

describe('sampleEfficiencyCurve', () => {
  it('is the interquartile mean at each point', () => {
    const curves = [[[0, 4], [1, 5]], [[2, 6], [3, 7]]];
    const { iqm, low, high } = sampleEfficiencyCurve(curves, { reps: 50 }, Rng.fromSeed(1));
    expect(iqm).toEqual([1.5, 5.5]);
    expect(low[0]).toBeLessThan(1.5);
    expect(high[1]).toBeGreaterThan(5.5);
    expect(() => sampleEfficiencyCurve([[[1, 2], [1]]], {}, Rng.fromSeed(0))).toThrow('run 0 has 1 points on task 1');
  });
});
