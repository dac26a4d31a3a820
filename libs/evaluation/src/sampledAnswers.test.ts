import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerVote } from './answerVote.js';
import { passAtK } from './passAtK.js';

const samples = (n: number, c: number): number[] => Array.from({ length: n }, (_, i) => (i < c ? 1 : 0));

const choose = (n: bigint, k: bigint): bigint => (k === 0n ? 1n : (choose(n - 1n, k - 1n) * n) / k);

describe('passAtK', () => {
  it('gives the numbers worked out by hand', () => {
    // n = 5, c = 2: 1 − 3/5, 1 − C(3,2)/C(5,2) = 1 − 3/10, 1 − C(3,3)/C(5,3) = 1 − 1/10, then certain.
    const five = passAtK([samples(5, 2)], [1, 2, 3, 4, 5]);
    [0.4, 0.7, 0.9, 1, 1].forEach((x, i) => expect(five[i]).toBeCloseTo(x, 12));
    expect(passAtK([samples(5, 0), samples(3, 3)], [1, 3])).toEqual([0.5, 0.5]);
    // C(1990, 1000)/C(2000, 1000): no float holds them, whole numbers do.
    const none = Number((choose(1990n, 1000n) * 10n ** 18n) / choose(2000n, 1000n)) / 1e18;
    expect(passAtK([samples(2000, 10)], [1000])[0]).toBeCloseTo(1 - none, 12);
    expect(passAtK([[true, false]], [1])).toEqual([0.5]);
  });

  it('is the share of subsets of k samples that hold a correct one', () => {
    const property = fc.record({ n: fc.integer({ min: 1, max: 9 }), c: fc.integer({ min: 0, max: 9 }), k: fc.integer({ min: 1, max: 9 }) }).filter(({ n, c, k }) => c <= n && k <= n);
    fc.assert(
      fc.property(property, ({ n, c, k }) => {
        let [subsets, passing] = [0, 0];
        for (let subset = 0; subset < 2 ** n; subset++) {
          const size = subset.toString(2).replaceAll('0', '').length;
          if (size !== k) continue;
          subsets++;
          if ((subset & (2 ** c - 1)) !== 0) passing++;
        }
        expect(passAtK([samples(n, c)], [k])[0]).toBeCloseTo(passing / subsets, 12);
      }),
    );
  });

  it('says what does not fit', () => {
    expect(() => passAtK([], [1])).toThrow('passAtK: there must be at least one problem');
    expect(() => passAtK([samples(5, 1), samples(3, 1)], [4])).toThrow('passAtK: k must be a whole number from 1 to 3, the smallest number of samples of a problem, got 4');
    expect(() => passAtK([samples(5, 1)], [0])).toThrow('got 0');
    expect(() => passAtK([[0, 0.5]], [1])).toThrow('passAtK: sample 1 of problem 0 must be 0 or 1, got 0.5');
  });
});

describe('answerVote', () => {
  it('elects the most frequent answer, of equals the first', () => {
    expect(answerVote([['7', '12', '12', undefined], ['b', 'a', 'a', 'b'], [undefined, undefined], []])).toEqual([
      { answer: '12', share: 0.5 },
      { answer: 'b', share: 0.5 },
      { answer: undefined, share: 0 },
      { answer: undefined, share: 0 },
    ]);
  });

  it('counts weights, and treats every text as an answer like any other', () => {
    expect(answerVote([['7', '12', '12']], [[0.9, 0.3, 0.3]])).toEqual([{ answer: '7', share: 0.6 }]);
    expect(answerVote([['__proto__', 'constructor', '__proto__', '']])).toEqual([{ answer: '__proto__', share: 0.5 }]);
    expect(answerVote([['a', 'b']], [[0, 0]])).toEqual([{ answer: 'a', share: 0 }]);
  });

  it('says what does not fit', () => {
    expect(() => answerVote([['a']], [])).toThrow('answerVote: there are answers to 1 questions, and weights for 0');
    expect(() => answerVote([['a', 'b']], [[1]])).toThrow('answerVote: question 0 has 2 answers and 1 weights');
    expect(() => answerVote([['a', 'b']], [[1, NaN]])).toThrow('answerVote: weight 1 of question 0 must be finite and not negative, got NaN');
  });
});
