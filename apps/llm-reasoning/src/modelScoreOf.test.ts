import { describe, expect, it } from 'vitest';
import { modelScoreOf } from './modelScoreOf.js';

describe('modelScoreOf', () => {
  const [right, wrong] = [(score: number) => ({ score, right: true }), (score: number) => ({ score, right: false })];

  it('compares completions of the same problem alone; equal scores are half right', () => {
    // In order: 3 > 1, 3 > 2; not: 1 < 2, 1 = 1 is half. The third problem has no pair, though its scores would be out of order.
    const problems = [[right(3), wrong(1), wrong(2)], [right(1), wrong(2), wrong(1)], [right(-7), right(-8)]];
    expect(modelScoreOf(problems)).toEqual({ accuracy: 2.5 / 4, pairs: 4, score: -5 / 8, right: 4 / 8 });
  });

  it('knows no accuracy where there is no pair', () => {
    expect(modelScoreOf([[right(1), right(2)], [wrong(3)]])).toEqual({ accuracy: null, pairs: 0, score: 2, right: 2 / 3 });
  });
});
