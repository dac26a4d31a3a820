import { Rng } from '@rivulet/engine';
import type { Json } from '@rivulet/engine';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyText } from '../../test/anyText.js';
import { charTokenizer } from '../tokenizers/charTokenizer.js';
import type { TokenTask, Verdict } from './tokenTask.js';

const MEGABYTES = 4e6;

/** Answers that were written to break a verifier. */
const hostile: readonly string[] = [
  '', '#', '##', '# ', 'no mark', '#\u0000', '#\ufeff1', '#\u200b1', '#１２', '#٣', '#Ⅳ', '#²', '#1\u0301', '#\u202e21', '#\ud800', '#NaN', '#Infinity', '#-', '#--1', '#+', '#1e309', '#0x10', '#1_000', '#1n', '#null', '#undefined',
  '#__proto__', '#constructor', '#toString()', '#${7*7}', '#process.exit(1)', '#[object Object]', '#{"answer":', '#1/0', '#0/0', '#()', '#)(', '#1+', '#*2', '#a=T,a=T', '#__proto__=T', '#>', '#1>>2', '#,,', '#1,,2',
];

const huge: readonly string[] = [
  `#${'9'.repeat(MEGABYTES)}`, '#'.repeat(MEGABYTES), `${' '.repeat(MEGABYTES)}#${' '.repeat(MEGABYTES)}x`, `#${'('.repeat(MEGABYTES)}`, `#${'-'.repeat(MEGABYTES)}1`, `#${'1+'.repeat(MEGABYTES / 2)}1`, `#1${' '.repeat(MEGABYTES)}`,
  `#${'a '.repeat(MEGABYTES / 2)}`, 'x'.repeat(MEGABYTES), `#${'\ud83d\ude00'.repeat(MEGABYTES / 2)}`, `#${'e\u0301'.repeat(MEGABYTES / 2)}`,
];

function expectVerdict(verdict: Verdict): void {
  expect(verdict.reward).toBeGreaterThanOrEqual(0);
  expect(verdict.reward).toBeLessThanOrEqual(1);
  expect(verdict.reason).not.toBe('');
  expect((verdict.detail ?? '').length).toBeLessThan(500);
}

/** What holds of every task; to be called inside `describe`. */
export function testTask<D extends Json>(task: TokenTask<D>): void {
  const levels = Array.from({ length: task.levels }, (_, i) => i + 1);
  const rng = (): Rng => Rng.fromSeed(11);

  it('accepts its own solutions, on all levels, in its own alphabet', () => {
    const [stream, tokenizer] = [rng(), charTokenizer(task.alphabet)];
    for (const difficulty of levels) {
      for (let i = 0; i < 60; i++) {
        const problem = task.sample(stream, { difficulty });
        expect(task.verify(problem, problem.solution)).toEqual({ reward: 1, reason: 'right' });
        expect(task.verify(problem, `${problem.solution} \n`).reward).toBe(1);
        expect(problem.difficulty).toBe(difficulty);
        const text = problem.prompt + problem.solution;
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }
    }
  });

  it('gives the same problems for the same stream, as plain JSON that is verified alike', () => {
    const [one, two] = [rng(), rng()];
    for (let i = 0; i < 20; i++) {
      const problem = task.sample(one);
      expect(task.sample(two)).toEqual(problem);
      const stored = JSON.parse(JSON.stringify(problem)) as typeof problem;
      expect(stored).toEqual(problem);
      expect(task.verify(stored, problem.solution).reward).toBe(1);
    }
  });

  it('has splits that never overlap', () => {
    const stream = rng();
    const [train, heldOut] = (['train', 'heldOut'] as const).map((split) => {
      return new Set(Array.from({ length: 400 }, () => {
        const problem = task.sample(stream, { split, difficulty: task.levels });
        expect(task.splitOf(problem)).toBe(split);
        return problem.prompt;
      }));
    });
    expect([...train].filter((prompt) => heldOut.has(prompt))).toEqual([]);
    expect(train.size).toBeGreaterThan(1);
    expect(heldOut.size).toBeGreaterThan(1);
  });

  it('judges hostile answers: wrong, with a reason', () => {
    const stream = rng();
    for (const difficulty of levels) {
      const problem = task.sample(stream, { difficulty });
      for (const text of hostile) {
        const verdict = task.verify(problem, text);
        expectVerdict(verdict);
        if (text !== problem.solution) expect(verdict.reward, text).toBe(0);
      }
    }
  });

  it('judges megabytes', () => {
    const problem = task.sample(rng());
    for (const text of huge) {
      const verdict = task.verify(problem, text);
      expectVerdict(verdict);
      if (text !== `#1${' '.repeat(MEGABYTES)}`) expect(verdict.reward, text.slice(0, 20)).toBe(0);
    }
    // The answer alone counts, however much was thought before.
    expect(task.verify(problem, '#x '.repeat(MEGABYTES / 3) + problem.solution).reward).toBe(1);
  });

  it('never throws, on any text', () => {
    const problem = task.sample(rng());
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...task.alphabet, ' ', '\n') }), anyText, (own, other) => {
      expectVerdict(task.verify(problem, own));
      expectVerdict(task.verify(problem, `#${own}`));
      expectVerdict(task.verify(problem, `${own}#${other}`));
    }), { seed: 12 });
  });

  it('refuses levels that do not exist', () => {
    for (const difficulty of [0, task.levels + 1, 1.5, NaN]) expect(() => task.sample(rng(), { difficulty })).toThrow(/difficulty must be an integer in 1/);
  });
}
