import { Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interquartileMean } from './interquartileMean.js';
import { mean } from './mean.js';
import { median } from './median.js';
import { normalizedScore } from './normalizedScore.js';
import { optimalityGap } from './optimalityGap.js';
import { probabilityOfImprovement } from './probabilityOfImprovement.js';

// Every expected number is worked out by hand in the comment beside it; the functions of rliable 1.2 (on SciPy 1.17) give the same.
const x = [[1, 2], [2, 2], [1, 1], [2, 1]];
const y = [[1, 1], [2, 2], [3, 3]];
const a = [[0.1, 0.9, 1.5], [0.2, 0.8, 1.7], [0.4, 0.5, 1.1], [0.3, 0.7, 2]];
const b = [[0.2, 0.9, 1], [0.2, 0.4, 1.7], [0.1, 0.6, 0.8]];

describe('aggregates', () => {
  it('interquartileMean cuts floor(n / 4) scores at each end of the flattened matrix', () => {
    expect(interquartileMean(x)).toBe(1.5); // 1 1 | 1 1 2 2 | 2 2
    expect(interquartileMean(y)).toBe(2); // 6 scores: 1 | 1 2 2 3 | 3
    expect(interquartileMean(a)).toBeCloseTo(4.4 / 6, 12); // .1 .2 .3 | .4 .5 .7 .8 .9 1.1 | 1.5 1.7 2
    expect(interquartileMean(b)).toBeCloseTo(2.9 / 5, 12); // 9 scores: .1 .2 | .2 .4 .6 .8 .9 | 1 1.7
    expect(interquartileMean([[1, 2, 3, 4, 100], [5, 6, 7, 8, 9]])).toBe(5.5); // 10 scores: 1 2 | 3 .. 8 | 9 100
    expect(interquartileMean([[1, 2, 9]])).toBe(4); // fewer than four: nothing is cut
  });

  it('mean and median are over tasks, of means over runs', () => {
    expect(mean(x)).toBe(1.5);
    expect(median(x)).toBe(1.5);
    expect(median(y)).toBe(2);
    expect(mean(a)).toBeCloseTo(10.2 / 12, 12);
    expect(median(a)).toBeCloseTo(2.9 / 4, 12); // task means .25 .725 1.575
    expect(median([[1, 2, 3, 4, 100], [5, 6, 7, 8, 9]])).toBe(5); // task means 3 4 5 6 54.5
  });

  it('optimalityGap counts what is missing to the target only', () => {
    expect(optimalityGap(a)).toBeCloseTo(1 - 7.9 / 12, 12); // 3.9 below 1, and four times 1
    expect(optimalityGap(a, 0.5)).toBeCloseTo(0.5 - 5 / 12, 12); // .1 .2 .4 .3 and eight times .5
    expect(optimalityGap([[5, 7]])).toBe(0);
  });

  it('normalizedScore maps the references to 0 and 1', () => {
    expect([normalizedScore(10, { low: 10, high: 30 }), normalizedScore(30, { low: 10, high: 30 }), normalizedScore(15, { low: 10, high: 30 })]).toEqual([0, 1, 0.25]);
    expect(() => normalizedScore(1, { low: 2, high: 2 })).toThrow('must differ');
  });

  it('do not depend on the order of runs, and lie between the extremes', () => {
    const matrix = fc.integer({ min: 1, max: 5 }).chain((tasks) => fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: tasks, maxLength: tasks }), { minLength: 1, maxLength: 6 }));
    fc.assert(
      fc.property(matrix, (scores) => {
        for (const statistic of [mean, median, interquartileMean]) {
          const value = statistic(scores);
          expect(statistic([...scores].reverse())).toBeCloseTo(value, 10);
          expect(value).toBeGreaterThanOrEqual(Math.min(...scores.flat()) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...scores.flat()) + 1e-9);
        }
      }),
    );
  });

  it('refuse malformed matrices', () => {
    expect(() => mean([])).toThrow('at least one run');
    expect(() => median([[1, 2], [1]])).toThrow('run 1 has 1 scores, run 0 has 2');
    expect(() => interquartileMean([[1, NaN]])).toThrow('run 0 on task 1 is NaN');
  });
});

describe('probabilityOfImprovement', () => {
  const value = (p: number[][], q: number[][]) => probabilityOfImprovement(p, q, { reps: 10 }, Rng.fromSeed(0)).value;

  it('is the Mann-Whitney statistic with ties as halves, averaged over tasks', () => {
    expect(value(x, y)).toBeCloseTo(1 / 3, 12); // each task: 2 runs of 1 (half a win each), 2 runs of 2 (1.5 wins each): 4 of 12
    // Wins of each run of a over the three of b: task 1 .5 2 3 3, task 2 2.5 2 1 2, task 3 2 2.5 2 3.
    expect(value(a, b)).toBeCloseTo((8.5 + 7.5 + 9.5) / 36, 12);
    expect(value(a, b) + value(b, a)).toBeCloseTo(1, 12);
    expect(value(a, a)).toBe(0.5);
  });

  it('has an interval that covers the value, and is certain when all runs win', () => {
    const estimate = probabilityOfImprovement(a, b, { reps: 500 }, Rng.fromSeed(3));
    expect(estimate.low).toBeLessThan(estimate.value);
    expect(estimate.high).toBeGreaterThan(estimate.value);
    expect(probabilityOfImprovement([[5, 6], [7, 8]], [[1, 2]], { reps: 50 }, Rng.fromSeed(3))).toEqual({ value: 1, low: 1, high: 1 });
    expect(() => value([[1, 2]], [[1]])).toThrow('x has 2 tasks and y 1');
  });
});
