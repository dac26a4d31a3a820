import { Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestOfNDistribution } from './bestOfNDistribution.js';
import { bestOfNEstimate } from './bestOfNEstimate.js';
import { bestOfNKl } from './bestOfNKl.js';
import { passAtK } from './passAtK.js';

/** The mean, over all subsets of n samples, of the value of the best, of equals their mean. */
function bySubsets(scores: readonly number[], values: readonly number[], n: number): number {
  let [sum, count] = [0, 0];
  for (let subset = 0; subset < 2 ** scores.length; subset++) {
    const chosen = scores.map((_, i) => i).filter((i) => (subset & (1 << i)) !== 0);
    if (chosen.length !== n) continue;
    const top = Math.max(...chosen.map((i) => scores[i]));
    const best = chosen.filter((i) => scores[i] === top);
    sum += best.reduce((total, i) => total + values[i], 0) / best.length;
    count++;
  }
  return sum / count;
}

const rows = fc.array(fc.record({ score: fc.integer({ min: 0, max: 4 }), value: fc.integer({ min: -3, max: 3 }) }), { minLength: 1, maxLength: 8 });

describe('bestOfNEstimate', () => {
  it('gives the numbers worked out by hand', () => {
    // Of 4 samples the best by score is worth 1, the second 0, the third 5, the last 2. n = 2: 3/6, 2/6, 1/6, 0.
    const [scores, values] = [[[0.9, 0.1, 0.4, 0.2]], [[1, 2, 0, 5]]];
    const [one, two, three, four] = bestOfNEstimate(scores, values, [1, 2, 3, 4]);
    expect(one).toBeCloseTo(2, 12);
    expect(two).toBeCloseTo((3 * 1 + 2 * 0 + 1 * 5) / 6, 12);
    expect(three).toBeCloseTo((3 * 1 + 1 * 0) / 4, 12);
    expect(four).toBeCloseTo(1, 12);
    expect(bestOfNEstimate([...scores, [1, 1]], [...values, [0, 4]], [2])[0]).toBeCloseTo((8 / 6 + 2) / 2, 12);
  });

  it('is the mean over all subsets of n samples', () => {
    fc.assert(
      fc.property(rows, fc.nat(7), (samples, k) => {
        const n = 1 + (k % samples.length);
        const [scores, values] = [samples.map(({ score }) => score), samples.map(({ value }) => value)];
        expect(bestOfNEstimate([scores], [values], [n])[0]).toBeCloseTo(bySubsets(scores, values, n), 10);
      }),
    );
  });

  it('is pass@k where the score is the truth, also of many samples', () => {
    const correct = Array.from({ length: 3 }, (_, q) => Array.from({ length: 2000 }, (_, i) => (i < 3 + q ? 1 : 0)));
    const ks = [1, 7, 500, 1999];
    bestOfNEstimate(correct, correct, ks).forEach((value, i) => expect(value).toBeCloseTo(passAtK(correct, ks)[i], 10));
  });

  it('says what does not fit', () => {
    expect(() => bestOfNEstimate([], [], [1])).toThrow('bestOfNEstimate: there must be at least one question');
    expect(() => bestOfNEstimate([[1]], [], [1])).toThrow('bestOfNEstimate: there are scores for 1 questions, and values for 0');
    expect(() => bestOfNEstimate([[1, 2]], [[1]], [1])).toThrow('bestOfNEstimate: question 0 has 2 scores and 1 values');
    expect(() => bestOfNEstimate([[1, NaN]], [[1, 2]], [1])).toThrow('bestOfNEstimate: score 1 of question 0 is not a number');
    expect(() => bestOfNEstimate([[1, 2], [1]], [[1, 2], [1]], [2])).toThrow('bestOfNEstimate: n must be a whole number from 1 to 1, the smallest number of samples of a question, got 2');
  });
});

describe('bestOfNDistribution', () => {
  it('is the law of the best of n draws, by going through all of them', () => {
    const [p, scores] = [[0.1, 0.2, 0.3, 0.4], [2, 5, 2, 1]];
    const expected = [0, 0, 0, 0];
    for (let draw = 0; draw < 64; draw++) {
      const drawn = [draw & 3, (draw >> 2) & 3, draw >> 4];
      const top = Math.max(...drawn.map((i) => scores[i]));
      const best = drawn.filter((i) => scores[i] === top);
      for (const i of best) expected[i] += drawn.reduce((product, each) => product * p[each], 1) / best.length;
    }
    const law = bestOfNDistribution(p, scores, 3);
    expected.forEach((each, i) => expect(law[i]).toBeCloseTo(each, 12));
    expect(Array.from(bestOfNDistribution(p, scores, 1))).toEqual(p.map((each) => expect.closeTo(each, 12)));
  });

  it('is what the estimate is right about on average', () => {
    const rng = Rng.fromSeed(4);
    const [p, scores, values] = [[0.1, 0.2, 0.3, 0.4], [3, 1, 2, 1], [1, 0, 5, 2]];
    const drawn = Array.from({ length: 20_000 }, () => Array.from({ length: 6 }, () => rng.nextCategorical(p)));
    const ns = [1, 2, 4, 6];
    const estimates = bestOfNEstimate(drawn.map((row) => row.map((i) => scores[i])), drawn.map((row) => row.map((i) => values[i])), ns);
    // Values deviate by at most 2: 5 standard errors are below 0.07.
    ns.forEach((n, i) => expect(estimates[i]).toBeCloseTo(bestOfNDistribution(p, scores, n).reduce((sum, each, y) => sum + each * values[y], 0), 1));
  });

  it('diverges from its source as bestOfNKl says, at most', () => {
    const outcomes = 4000;
    const uniform = new Float64Array(outcomes).fill(1 / outcomes);
    const scores = uniform.map((_, i) => i);
    for (const n of [1, 2, 16]) {
      const kl = bestOfNDistribution(uniform, scores, n).reduce((sum, each) => sum + each * Math.log(each * outcomes), 0);
      expect(kl).toBeLessThanOrEqual(bestOfNKl(n) + 1e-12);
      expect(kl).toBeCloseTo(bestOfNKl(n), 2);
    }
    const coarse = bestOfNDistribution(uniform, scores.map((i) => Math.floor(i / 1000)), 16).reduce((sum, each) => sum + (each === 0 ? 0 : each * Math.log(each * outcomes)), 0);
    expect(coarse).toBeLessThan(bestOfNKl(16) - 0.1);
    expect(bestOfNKl(2)).toBeCloseTo(Math.log(2) - 0.5, 12);
  });

  it('says what does not fit', () => {
    expect(() => bestOfNDistribution([1], [1, 2], 1)).toThrow('bestOfNDistribution: there are 1 probabilities and 2 scores');
    expect(() => bestOfNDistribution([0.5, 0.4], [1, 2], 1)).toThrow('bestOfNDistribution: the probabilities must sum to 1, they sum to 0.9');
    expect(() => bestOfNDistribution([1.5, -0.5], [1, 2], 1)).toThrow('bestOfNDistribution: probability 1 must not be negative, got -0.5');
    expect(() => bestOfNDistribution([1], [NaN], 1)).toThrow('bestOfNDistribution: score 0 is not a number');
    expect(() => bestOfNDistribution([1], [1], 0)).toThrow('bestOfNDistribution: n must be a whole number of at least 1, got 0');
    expect(() => bestOfNKl(1.5)).toThrow('bestOfNKl: n must be a whole number of at least 1, got 1.5');
  });
});
