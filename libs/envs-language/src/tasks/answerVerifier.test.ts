import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../test/anyText.js';
import { answerVerifier } from './answerVerifier.js';
import type { AnswerVerifierOptions } from './answerVerifier.js';
import { readNumber } from './readNumber.js';

const judge = (options: AnswerVerifierOptions, text: string, reference: string | string[]) => {
  const { reward, reason } = answerVerifier(options)(text, reference);
  return [reward, reason];
};

describe('readNumber', () => {
  it('reads what people write, exactly', () => {
    const cases: { [text: string]: [bigint, bigint] } = { '42': [42n, 1n], '-0.50': [-50n, 100n], '+7': [7n, 1n], '.5': [5n, 10n], '5.': [5n, 1n], '1,234.5': [12345n, 10n], '6e-3': [6n, 1000n], '2E2': [200n, 1n], '25%': [25n, 100n], '3/4': [3n, 4n], '-3 / 4': [-3n, 4n], '+3/4': [3n, 4n], '007': [7n, 1n], ' 1 ': [1n, 1n] };
    for (const [text, [numerator, denominator]] of Object.entries(cases)) {
      const value = readNumber(text);
      expect(value, text).toBeDefined();
      if (value !== undefined) expect(value[0] * denominator, text).toBe(numerator * value[1]);
    }
    for (const text of ['', '.', '-', '1,23', '1,2345', '12,345,6', '1.2.3', '1e', '1e9999', '1/0', '1/-2', '0x1', '１', '1 2', '∞', 'NaN', '--1', '1%%', '9'.repeat(1001)]) expect(readNumber(text), text).toBeUndefined();
  });

  it('agrees with JavaScript', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      const value = readNumber(String(x));
      fc.pre(value !== undefined && Math.abs(x) < 1e15 && (x === 0 || Math.abs(x) > 1e-6));
      if (value !== undefined) expect(Math.abs(Number(value[0]) / Number(value[1]) - x)).toBeLessThanOrEqual(2 ** -51 * Math.abs(x));
    }), { seed: 3 });
  });
});

describe('answerVerifier', () => {
  it('exact: the same characters, composed', () => {
    expect(judge({ check: 'exact' }, ' Paris ', 'Paris')).toEqual([1, 'right']);
    expect(judge({ check: 'exact' }, 'cafe\u0301', 'café')).toEqual([1, 'right']);
    for (const text of ['paris', 'Paris.', 'P\u0430ris', 'Pa\u200bris', 'Par', '\u202eParis']) expect(judge({ check: 'exact' }, text, 'Paris')).toEqual([0, 'wrong']);
    expect(judge({ check: 'exact' }, ' \n', 'Paris')).toEqual([0, 'noAnswer']);
    expect(judge({ check: 'exact' }, 'London', ['Paris', 'London'])).toEqual([1, 'right']);
  });

  it('numeric: the same number, however it is written', () => {
    for (const text of ['0.5', '1/2', '50%', '.50', '5e-1', 'so it is # 0.5']) expect(judge({ check: 'numeric' }, text, '0.5'), text).toEqual([1, 'right']);
    expect(judge({ check: 'numeric' }, '0.333', '1/3')).toEqual([0, 'wrong']);
    expect(judge({ check: 'numeric', tolerance: 0.01 }, '0.333', '1/3')).toEqual([1, 'right']);
    expect(judge({ check: 'numeric', tolerance: 0.01 }, '-100.9', '-100')).toEqual([1, 'right']);
    expect(judge({ check: 'numeric', tolerance: 0.01 }, '-101.1', '-100')).toEqual([0, 'wrong']);
    expect(judge({ check: 'numeric' }, '0.30000000000000004', '0.3')).toEqual([0, 'wrong']);
    for (const text of ['about 1', '１', 'Infinity']) expect(judge({ check: 'numeric', tolerance: 1 }, text, '1')).toEqual([0, 'malformed']);
    expect(() => judge({ check: 'numeric' }, '1', 'one')).toThrow(/the reference "one" is not a number/);
  });

  it('choice: one letter', () => {
    for (const text of ['B', 'b', '(B)', 'B.', 'B)', ' b ']) expect(judge({ check: 'choice' }, text, 'B'), text).toEqual([1, 'right']);
    expect(judge({ check: 'choice' }, 'A', '(b)')).toEqual([0, 'wrong']);
    for (const text of ['A or B', 'AB', 'В', 'B B', '((B))']) expect(judge({ check: 'choice' }, text, 'B'), text).toEqual([0, 'malformed']);
    expect(() => judge({ check: 'choice' }, 'A', 'AB')).toThrow(/not one letter/);
  });

  it('f1: hand-computed overlaps of words', () => {
    expect(judge({ check: 'f1' }, 'The Eiffel Tower!', 'eiffel tower')).toEqual([1, 'right']);
    // 2 of 3 and 2 of 2 words: 2 · 2 / (3 + 2).
    expect(judge({ check: 'f1' }, 'tall eiffel tower', 'Eiffel Tower')).toEqual([0.8, 'partly']);
    // A word that comes twice counts as often as it is in both.
    expect(judge({ check: 'f1' }, 'ha ha ha', 'ha ha')).toEqual([0.8, 'partly']);
    expect(judge({ check: 'f1' }, 'the', 'an')).toEqual([1, 'right']);
    expect(judge({ check: 'f1' }, 'the', 'cat')).toEqual([0, 'wrong']);
    expect(judge({ check: 'f1' }, 'constructor __proto__', 'cat')).toEqual([0, 'wrong']);
  });

  it('holds a text to tags or an expression', () => {
    const format = ['think', 'answer'];
    const good = '<think>2+2</think>\n<answer>4</answer>';
    expect(judge({ check: 'numeric', format }, good, '4')).toEqual([1, 'right']);
    for (const text of ['4', '<answer>4</answer>', `${good} 4`, `x${good}`, `${good}${good}`, '<answer>4</answer><think></think>', '<think>a</think><answer>4', '<think><think>a</think></think><answer>4</answer>', '<think>a<answer>4</answer></think><answer>4</answer>', '<think>a</think>so<answer>4</answer>']) {
      expect(judge({ check: 'numeric', format }, text, '4'), text).toEqual([0, 'wrongFormat']);
    }
    const boxed = /\\boxed\{(?<answer>[^{}]*)\}/;
    expect(judge({ check: 'numeric', format: boxed }, 'thus \\boxed{4}.', '4')).toEqual([1, 'right']);
    expect(judge({ check: 'numeric', format: /^A: (.*)$/ }, 'A: 4', '4')).toEqual([1, 'right']);
    expect(judge({ check: 'numeric', format: /\d+$/ }, 'it is 4', '4')).toEqual([1, 'right']);
  });

  it('lets the form be a gate, or worth a share', () => {
    const format = ['answer'];
    expect(judge({ check: 'numeric', format, gate: false }, '4', '4')).toEqual([1, 'right']);
    expect(judge({ check: 'numeric', format, gate: false, bonus: 0.25 }, '4', '4')).toEqual([0.75, 'right']);
    expect(judge({ check: 'numeric', format, bonus: 0.25 }, '4', '4')).toEqual([0, 'wrongFormat']);
    expect(judge({ check: 'numeric', format, bonus: 0.25 }, '<answer>5</answer>', '4')).toEqual([0.25, 'wrong']);
    expect(judge({ check: 'numeric', format, bonus: 0.25 }, '<answer>4</answer>', '4')).toEqual([1, 'right']);
  });

  it('judges any text, megabytes too', () => {
    const checks = ['exact', 'numeric', 'choice', 'f1'] as const;
    for (const check of checks) {
      const reference = check === 'choice' ? 'B' : '4';
      expect(judge({ check }, 'x'.repeat(4e6), reference)).toEqual([0, 'tooLong']);
      for (const text of ['1,'.repeat(2e6), ' '.repeat(4e6), '<answer>'.repeat(5e5), 'e\u0301'.repeat(2e6)]) expect(judge({ check, format: ['answer'], maxLength: 1e8 }, text, reference)[0]).toBe(0);
      for (const text of ['1,'.repeat(2e6), '9'.repeat(4e6), 'a b '.repeat(1e6)]) expect(judge({ check, maxLength: 1e8 }, text, reference)[0]).toBe(0);
      fc.assert(fc.property(anyText, (text) => {
        const [reward, reason] = judge({ check }, text, reference);
        expect(Number(reward) >= 0 && Number(reward) <= 1 && reason !== '').toBe(true);
      }), { seed: 4 });
    }
  });

  it('names what is wrong', () => {
    expect(() => answerVerifier({ check: 'exact', bonus: 2 })).toThrow(/bonus must be in \[0, 1\], got 2/);
    expect(() => answerVerifier({ check: 'numeric', tolerance: -1 })).toThrow(/tolerance/);
    expect(() => answerVerifier({ check: 'exact', format: /a/g })).toThrow(/flags g or y/);
    expect(() => judge({ check: 'exact' }, 'a', [])).toThrow(/no reference/);
  });
});
