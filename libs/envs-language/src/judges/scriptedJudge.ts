import type { Judge, JudgeItem, Judgement } from './judge.js';

/**
 * A judge that is a function: for tests, and for scores that are computed. A number is its score.
 *
 * @throws (rejects) when a score is not in [0, 1].
 */
export function scriptedJudge(script: (item: JudgeItem, index: number) => number | Judgement | Promise<number | Judgement>): Judge {
  return {
    async judge(items, { signal } = {}) {
      const judgements: Judgement[] = [];
      for (const [i, item] of items.entries()) {
        signal?.throwIfAborted();
        const said = await script(item, i);
        const judgement = typeof said === 'number' ? { score: said, reason: 'scripted' } : said;
        if (judgement.score !== undefined && !(judgement.score >= 0 && judgement.score <= 1)) throw new Error(`scriptedJudge: the score of item ${i} must be in [0, 1], got ${judgement.score}`);
        judgements.push(judgement);
      }
      return judgements;
    },
  };
}
