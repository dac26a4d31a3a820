import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { arithmeticTask } from './arithmeticTask.js';
import { corpus } from './corpus.js';
import { exactArithmetic } from './exactArithmetic.js';
import { problems } from './problems.js';
import { testTask } from './taskKit.test.fixture.js';

describe('arithmeticTask: addition', () => testTask(arithmeticTask({ digits: 3 })));
describe('arithmeticTask: chains of all operations', () => testTask(arithmeticTask({ ops: ['+', '-', '*'], digits: 2, steps: 4, style: ['direct', 'steps'] })));
describe('arithmeticTask: modular', () => testTask(arithmeticTask({ ops: ['+', '*'], digits: 2, steps: 3, modulus: 7 })));
describe('arithmeticTask: carry', () => testTask(arithmeticTask({ digits: 3, steps: 2, style: 'carry' })));

describe('arithmeticTask', () => {
  const draws = (task: ReturnType<typeof arithmeticTask>, difficulty: number, n = 200) => problems(task, n, Rng.fromSeed(1), { difficulty, distinct: false });

  it('gets harder by digits, then by steps', () => {
    const task = arithmeticTask({ digits: 2, steps: 3 });
    expect(task.levels).toBe(4);
    const shape = (level: number): RegExp => [/^\d\+\d=$/, /^\d\d\+\d\d?=$/, /^\d\d\+\d\d?\+\d\d?=$/, /^\d\d\+\d\d?\+\d\d?\+\d\d?=$/][level - 1];
    for (const level of [1, 2, 3, 4]) for (const { prompt } of draws(task, level)) expect(prompt).toMatch(shape(level));
    // Without a level, all of them.
    expect(new Set(problems(task, 100, Rng.fromSeed(2)).map(({ difficulty }) => difficulty))).toEqual(new Set([1, 2, 3, 4]));
  });

  it('asks for what the prompt says, in the usual order of operations', () => {
    const task = arithmeticTask({ ops: ['+', '-', '*'], digits: 2, steps: 4 });
    for (const { prompt, data } of draws(task, 5)) {
      const value = exactArithmetic(prompt.slice(0, -1));
      expect(value.fault).toBeUndefined();
      expect([value.fault === undefined && value.numerator, value.fault === undefined && value.denominator]).toEqual([BigInt(data.value), 1n]);
    }
    const modular = arithmeticTask({ ops: ['-'], digits: 1, steps: 3, modulus: 5 });
    for (const { prompt, data } of draws(modular, 3)) {
      const value = exactArithmetic(/^\((.*)\)%5=$/.exec(prompt)?.[1] ?? '');
      expect(((Number(value.fault === undefined ? value.numerator : NaN) % 5) + 5) % 5).toBe(data.value);
    }
  });

  it('works its solutions line by line', () => {
    const task = arithmeticTask({ ops: ['+', '-', '*'], digits: 2, steps: 3 });
    for (const { solution, data } of draws(task, 4)) {
      const [work, answer] = solution.split('#');
      const lines = work.split(';');
      expect(lines).toHaveLength(3);
      lines.forEach((line, i) => {
        const [, left, op, right, result] = /^(-?\d+)([+*-])(\d+)=(-?\d+)$/.exec(line) ?? [];
        expect(op).toBe(data.ops[i]);
        expect(Number(right)).toBe(data.operands[i + 1]);
        expect(Number(result)).toBe({ '+': Number(left) + Number(right), '-': Number(left) - Number(right), '*': Number(left) * Number(right) }[op]);
        if (i > 0) expect(lines[i - 1].endsWith(`=${left}`)).toBe(true);
      });
      expect(lines[2].endsWith(`=${answer}`)).toBe(true);
    }
  });

  it('writes the styles that were hand-computed', () => {
    const carry = arithmeticTask({ digits: 3, style: 'carry' });
    const found = draws(carry, 3, 3000).map(({ prompt, solution }) => `${prompt}${solution}`);
    const columns = (text: string): void => {
      const [, a, b, work, sum] = /^(\d+)\+(\d+)=\1\+\2>(.*)>(\d+)#\4$/.exec(text) ?? [];
      expect(Number(a) + Number(b)).toBe(Number(sum));
      const digits = work.split(',').map((line) => line.split('='));
      // The last column is written in full; the digits of the others, read backwards, follow it.
      expect(digits.map(([, s], i) => (i === digits.length - 1 ? s : s.slice(-1))).reverse().join('')).toBe(sum);
    };
    found.forEach(columns);
    expect(found.some((text) => text.includes('+1='))).toBe(true);
    const direct = arithmeticTask({ digits: 1, style: 'direct' });
    for (const { solution, data } of draws(direct, 1)) expect(solution).toBe(`#${data.value}`);
    const modular = arithmeticTask({ digits: 1, modulus: 3 });
    for (const { prompt, solution, data: { operands: [a, b] } } of draws(modular, 1)) {
      expect(prompt).toBe(`(${a}+${b})%3=`);
      expect(solution).toBe(`${a}+${b}=${a + b};${a + b}%3=${(a + b) % 3}#${(a + b) % 3}`);
    }
  });

  it('counts the answer by its value, behind the last mark alone', () => {
    const task = arithmeticTask({ ops: ['-'], digits: 2 });
    const problem = { ...task.sample(Rng.fromSeed(0)), data: { operands: [12, 47], ops: ['-'] as const, value: -35 } };
    for (const text of ['#-35', '12-47=-35#-35', '#7#-35', '# -35\n', '#-0035']) expect(task.verify(problem, text), text).toEqual({ reward: 1, reason: 'right' });
    const reasons = { '-35': 'noAnswer', '#35': 'wrong', '#-35#': 'noAnswer', '#-35#0': 'wrong', '#-35.0': 'malformed', '#- 35': 'malformed', '#−35': 'malformed', '#-３５': 'malformed', '#-35 or 36': 'malformed', [`#${'0'.repeat(50)}`]: 'tooLong', '#-36': 'wrong' };
    for (const [text, reason] of Object.entries(reasons)) expect(task.verify(problem, text), text).toMatchObject({ reward: 0, reason });
    expect(task.verify(problem, '#36').detail).toBe('"36", it is -35');
  });

  it('keeps sums in another order in the same split', () => {
    const task = arithmeticTask({ digits: 2, heldOut: 0.5 });
    const twin = (a: number, b: number) => ({ prompt: `${a}+${b}=`, solution: '', difficulty: 1, tags: [], data: { operands: [a, b], ops: ['+' as const], value: a + b } });
    const splits = Array.from({ length: 300 }, (_, i) => [task.splitOf(twin(i % 37, i)), task.splitOf(twin(i, i % 37))]);
    expect(splits.every(([one, two]) => one === two)).toBe(true);
    const share = splits.filter(([split]) => split === 'heldOut').length / 300;
    // Four standard deviations.
    expect(Math.abs(share - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 300));
  });

  it('holds out the share that was asked for', () => {
    const task = arithmeticTask({ digits: 3, heldOut: 0.2 });
    const n = 4000;
    const stream = Rng.fromSeed(3);
    const all = Array.from({ length: n }, (_, i) => ({ ...task.sample(stream), prompt: '', data: { operands: [i, 3 * i + 1], ops: ['+' as const], value: 0 } }));
    const share = all.filter((problem) => task.splitOf(problem) === 'heldOut').length / n;
    expect(Math.abs(share - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / n));
    expect(() => arithmeticTask({ heldOut: 0 }).sample(Rng.fromSeed(0), { split: 'heldOut' })).toThrow(/none of 2000 problems is in the split 'heldOut'/);
  });

  it('names what is wrong', () => {
    expect(() => arithmeticTask({ digits: 0 })).toThrow(/digits must be a positive integer, got 0/);
    expect(() => arithmeticTask({ steps: 1.5 })).toThrow(/steps/);
    expect(() => arithmeticTask({ modulus: 0 })).toThrow(/modulus/);
    expect(() => arithmeticTask({ ops: [] })).toThrow(/ops must be some of/);
    expect(() => arithmeticTask({ ops: ['*'], digits: 4, steps: 4 })).toThrow(/20 digits, 15 are exact/);
    expect(() => arithmeticTask({ ops: ['-'], style: 'carry' })).toThrow(/'carry' is for '\+' alone/);
    expect(() => arithmeticTask({ style: [] })).toThrow(/style must be/);
    expect(() => arithmeticTask({ heldOut: 1 })).toThrow(/heldOut must be in \[0, 1\), got 1/);
  });
});

describe('problems and corpus', () => {
  const task = arithmeticTask({ digits: 1 });

  it('are distinct, or say that there are too few', () => {
    const all = problems(task, 80, Rng.fromSeed(4));
    expect(new Set(all.map(({ prompt }) => prompt)).size).toBe(80);
    expect(() => problems(task, 101, Rng.fromSeed(4))).toThrow(/distinct problems in 10100 draws, 101 were wanted/);
    expect(() => problems(task, -1, Rng.fromSeed(4))).toThrow(/non-negative integer/);
    expect(problems(task, 0, Rng.fromSeed(4))).toEqual([]);
  });

  it('give prompts with completions, repeated where need be', () => {
    const examples = corpus(task, 300, Rng.fromSeed(5));
    expect(examples).toHaveLength(300);
    for (const { prompt, completion } of examples) {
      const [, a, b] = /^(\d)\+(\d)=$/.exec(prompt) ?? [];
      expect(completion).toBe(`${a}+${b}=${Number(a) + Number(b)}#${Number(a) + Number(b)}`);
    }
  });
});
