import { Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactArithmetic } from './exactArithmetic.js';
import { graphSearch } from './graphSearch.js';
import { logicTask } from './logicTask.js';
import { searchPuzzle } from './searchPuzzle.js';
import { sortingTask } from './sortingTask.js';
import { starGraph } from './starGraph.js';
import { stringPuzzle } from './stringPuzzle.js';
import { testTask } from './taskKit.test.fixture.js';
import type { Problem } from './tokenTask.js';

describe('searchPuzzle: countdown', () => testTask(searchPuzzle()));
describe('searchPuzzle: subsetSum', () => testTask(searchPuzzle({ kind: 'subsetSum', numbers: 5 })));
describe('searchPuzzle: guessCheck', () => testTask(searchPuzzle({ kind: 'guessCheck' })));
describe('stringPuzzle', () => testTask(stringPuzzle({ maxLength: 6 })));
describe('sortingTask', () => testTask(sortingTask()));
describe('logicTask: evaluate', () => testTask(logicTask({ heldOut: 0.3 })));
describe('logicTask: satisfy', () => testTask(logicTask({ kind: 'satisfy', heldOut: 0.3 })));
describe('starGraph', () => testTask(starGraph()));
describe('graphSearch', () => testTask(graphSearch()));

const problem = <D>(data: D, prompt = '') => ({ prompt, solution: '', difficulty: 1, tags: [], data });

describe('searchPuzzle', () => {
  const countdown = searchPuzzle();
  const reason = (text: string, data = { numbers: [3, 5, 7, 7], target: 26 }) => countdown.verify(problem(data), `#${text}`).reason;

  it('takes any expression that reaches the target by the rules', () => {
    for (const text of ['3*7+5', '7*3+5', '(3*7)+5', '5+7*3', ' 5 + ( 7 * 3 ) ', '7+7*3-7+5', '5--7*3', '5-(-7*3)', '(7/7)*(3*7+5)']) expect([text, reason(text)]).toEqual([text, text === '7+7*3-7+5' || text === '(7/7)*(3*7+5)' ? 'wrongNumbers' : 'right']);
    expect(reason('7*7/7*3+5', { numbers: [7, 7, 7, 3, 5], target: 26 })).toBe('right');
    expect(reason('100/(3+2)*1', { numbers: [100, 3, 2, 1], target: 20 })).toBe('right');
  });

  it('says what is wrong', () => {
    const cases = { '3*7+6': 'wrongNumbers', '3*3+7': 'wrongNumbers', '7+7+7+5': 'wrongNumbers', '3*7': 'wrong', '26': 'wrongNumbers', '3*7+5=26': 'malformed', '3×7+5': 'malformed', '3*7+5)': 'malformed', '(3*7+5': 'malformed', '3**7': 'malformed', '3 7': 'malformed', '7/(7-7)': 'divisionByZero', '5/(7-7)+3': 'divisionByZero' };
    for (const [text, expected] of Object.entries(cases)) expect([text, reason(text)]).toEqual([text, expected]);
    // 7 / 2 * 4 = 14, but 7 / 2 leaves a remainder.
    expect(reason('7/2*4', { numbers: [7, 2, 4], target: 14 })).toBe('notWhole');
    expect(reason('7*4/2', { numbers: [7, 2, 4], target: 14 })).toBe('right');
  });

  it('uses numbers that are there, and reaches whole positive targets by legal steps', () => {
    const stream = Rng.fromSeed(1);
    for (let i = 0; i < 400; i++) {
      const { data, solution, prompt } = countdown.sample(stream);
      expect(prompt).toBe(`${data.numbers.join()}>${data.target}:`);
      expect(data.target).toBeGreaterThan(0);
      let left: readonly number[] = data.numbers;
      for (const line of solution.split('#')[0].split(';')) {
        const step = countdown.legalSteps(left).find(({ text }) => text === line);
        expect(step, `${line} of [${left.join()}]`).toBeDefined();
        left = step?.rest ?? [];
      }
      expect(left.at(-1)).toBe(data.target);
    }
  });

  it('lists the legal steps', () => {
    expect(countdown.legalSteps([2, 6]).map(({ text }) => text)).toEqual(['6+2=8', '6-2=4', '6*2=12', '6/2=3']);
    expect(countdown.legalSteps([3, 3]).map(({ text, rest }) => [text, rest])).toEqual([['3+3=6', [6]], ['3*3=9', [9]], ['3/3=1', [1]]]);
    expect(countdown.legalSteps([2, 5, 9]).find(({ text }) => text === '5-2=3')).toEqual({ text: '5-2=3', result: 3, rest: [9, 3] });
  });

  it('finds subsets and roots by value', () => {
    const subset = searchPuzzle({ kind: 'subsetSum' });
    const verify = (text: string) => subset.verify(problem({ numbers: [3, 9, 4, 1], target: 13 }), text).reason;
    expect([verify('#9+4'), verify('#4 + 9'), verify('#9+3+1'), verify('#9+3'), verify('#9+9'), verify('#9*4'), verify('#13')]).toEqual(['right', 'right', 'right', 'wrong', 'wrongNumbers', 'malformed', 'wrongNumbers']);
    const guess = searchPuzzle({ kind: 'guessCheck' });
    const root = (text: string) => guess.verify(problem({ numbers: [3], target: 40 }), text).reason;
    // x² + 3 x = 40 has the roots 5 and -8.
    expect([root('#5'), root('#-8'), root('#6'), root('x=5:40'), root('#x=5')]).toEqual(['right', 'right', 'wrong', 'noAnswer', 'malformed']);
    for (const text of Array.from({ length: 50 }, (_, i) => guess.sample(Rng.fromSeed(i)))) {
      const [b] = text.data.numbers;
      for (const line of text.solution.split('#')[0].split(';')) {
        const [, x, value] = /^x=(\d+):(\d+)$/.exec(line) ?? [];
        expect(Number(x) ** 2 + b * Number(x)).toBe(Number(value));
      }
    }
  });

  it('names what is wrong', () => {
    expect(() => searchPuzzle({ numbers: 7 })).toThrow(/numbers must be an integer in 2 .. 6/);
    expect(() => searchPuzzle({ max: 1 })).toThrow(/max must be an integer in 2 .. 100/);
  });
});

describe('exactArithmetic', () => {
  const value = (text: string) => {
    const result = exactArithmetic(text);
    return result.fault ?? `${result.numerator}/${result.denominator}`;
  };

  it('knows the order of operations', () => {
    const cases = { '2+3*4': '14/1', '(2+3)*4': '20/1', '8-3-2': '3/1', '16/4/2': '2/1', '1/3+1/6': '1/2', '-2*3': '-6/1', '2*-3': '-6/1', '-(2-5)': '3/1', '--2': '2/1', '4/-6': '-2/3', '0/5': '0/1', '007': '7/1', '2-3*4+5': '-5/1' };
    for (const [text, expected] of Object.entries(cases)) expect([text, value(text)]).toEqual([text, expected]);
  });

  it('says why there is no value', () => {
    const cases = { '': 'malformed', '+': 'malformed', '1+': 'malformed', '+1': 'malformed', '1 2': 'malformed', '()': 'malformed', '1)': 'malformed', '(1': 'malformed', '1.5': 'malformed', '2^3': 'malformed', '２': 'malformed', '1(2)': 'malformed', '1/0': 'divisionByZero', '1/(2-2)': 'divisionByZero', [`${'9'.repeat(301)}`]: 'tooLarge', [`${'9'.repeat(300)}*9`]: 'tooLarge', ['1+'.repeat(501)]: 'tooLarge' };
    for (const [text, expected] of Object.entries(cases)) expect([text, value(text)]).toEqual([text, expected]);
    expect(exactArithmetic('1+1', { maxLength: 2 })).toEqual({ fault: 'tooLarge', detail: 'the expression has 3 characters, at most 2 are read' });
    expect(value('('.repeat(499) + '1' + ')'.repeat(499))).toBe('1/1');
  });

  it('agrees with JavaScript wherever that is exact', () => {
    const leaf = fc.integer({ min: 0, max: 9 }).map(String);
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof({ depthSize: 'medium' }, leaf, fc.tuple(tie('expression'), fc.constantFrom('+', '-', '*'), tie('expression')).map((parts) => parts.join('')), tie('expression').map((text) => `(${text})`), tie('expression').map((text) => `(-${text})`)),
    }));
    fc.assert(fc.property(expression, (text) => {
      const expected = Number(Function(`return ${text}`)());
      fc.pre(text.length <= 1000 && Number.isSafeInteger(expected));
      expect(value(text)).toBe(`${expected === 0 ? 0 : expected}/1`);
    }), { seed: 2 });
  });
});

describe('stringPuzzle', () => {
  it('asks for the five skills, with hand-computed answers', () => {
    const stream = Rng.fromSeed(3);
    const task = stringPuzzle({ maxLength: 7 });
    for (let i = 0; i < 500; i++) {
      const { prompt, data, solution, difficulty, tags } = task.sample(stream);
      const [, skill, argument] = /^(\w+)\((.*)\)=$/.exec(prompt) ?? [];
      const text = skill === 'count' ? argument.slice(2) : argument;
      expect(tags).toEqual([skill]);
      expect(text).toHaveLength(difficulty);
      const answer = solution.slice(1);
      if (skill === 'copy') expect(answer).toBe(text);
      if (skill === 'reverse') expect(text).toBe([...answer].reverse().join(''));
      if (skill === 'sort') expect([...answer].every((letter, at) => at === 0 || answer[at - 1] <= letter) && [...text].every((letter) => text.split(letter).length === answer.split(letter).length)).toBe(true);
      if (skill === 'count') expect(Number(answer)).toBe(text.split(argument[0]).length - 1);
      if (skill === 'brackets') {
        // What is complete vanishes pair by pair.
        let whole = answer === '-' ? text : text + answer;
        while (/\(\)|\[\]|\{\}/.test(whole)) whole = whole.replace(/\(\)|\[\]|\{\}/g, '');
        expect(whole).toBe('');
      }
      expect(data.skill).toBe(skill);
    }
  });

  it('takes one answer', () => {
    const task = stringPuzzle();
    const verify = (data: Problem['data'], text: string) => task.verify(problem(data) as never, text).reason;
    expect(verify({ skill: 'reverse', text: 'dab', answer: 'bad' }, '#bad')).toBe('right');
    expect(verify({ skill: 'reverse', text: 'dab', answer: 'bad' }, '#Bad')).toBe('wrong');
    expect(verify({ skill: 'reverse', text: 'dab', answer: 'bad' }, '#bаd')).toBe('wrong');
    expect(verify({ skill: 'count', text: 'abba', answer: '2' }, '#02')).toBe('right');
    expect(verify({ skill: 'count', text: 'abba', answer: '2' }, '#two')).toBe('malformed');
    expect(() => stringPuzzle({ skills: [] })).toThrow(/skills must be some of copy/);
    expect(() => stringPuzzle({ letters: 'aa' })).toThrow(/letters must be different/);
  });
});

describe('sortingTask', () => {
  it('sorts, and shows how', () => {
    const task = sortingTask();
    const verify = (text: string) => task.verify(problem({ numbers: [31, 4, 15, 4] }), text).reason;
    expect([verify('#4,4,15,31'), verify('#4, 4, 15, 31'), verify('#04,4,15,31'), verify('#4,15,31'), verify('#31,15,4,4'), verify('#4;4;15;31'), verify('#4,,15,31')]).toEqual(['right', 'right', 'right', 'wrong', 'wrong', 'malformed', 'malformed']);
    const { data, solution } = task.sample(Rng.fromSeed(4), { difficulty: 2 });
    const [a, b, c] = [...data.numbers].sort((x, y) => x - y);
    const rest = data.numbers.filter((_, i) => i !== data.numbers.indexOf(a));
    expect(solution).toBe(`${a}<${rest.join()};${b}<${c};${c}#${a},${b},${c}`);
    expect(sortingTask({ scratchpad: false }).sample(Rng.fromSeed(4)).solution).toMatch(/^#/);
    expect(() => sortingTask({ maxLength: 1 })).toThrow(/maxLength/);
    expect(() => sortingTask({ max: 0 })).toThrow(/max must be/);
  });
});

describe('logicTask', () => {
  it('evaluates formulas as JavaScript does, each round being equal to the one before', () => {
    const task = logicTask();
    const script = (text: string): boolean => Boolean(Function(`const T = true, F = false; return ${text.replaceAll('&', '&&').replaceAll('|', '||')}`)());
    for (let i = 0; i < 300; i++) {
      const { prompt, solution, difficulty } = task.sample(Rng.fromSeed(i));
      const [work, answer] = solution.split('#');
      expect(prompt.match(/[&|!]/g)).toHaveLength(difficulty);
      for (const line of [prompt.slice(0, -1), ...work.split(';')]) expect(script(line) ? 'T' : 'F').toBe(answer);
      expect(work.split(';').at(-1)).toBe(answer);
    }
  });

  it('takes every assignment that satisfies', () => {
    const task = logicTask({ kind: 'satisfy', variables: 2 });
    const formula = { left: { left: 'a', op: '|' as const, right: { not: 'b' } }, op: '&' as const, right: 'b' };
    const verify = (text: string) => task.verify(problem({ formula }), text).reason;
    expect([verify('#a=T,b=T'), verify('#b=T, a=T'), verify('#a=F,b=T'), verify('#b=T'), verify('#a=T'), verify('#a=1'), verify('#c=T'), verify('#a=T,a=T')]).toEqual(['right', 'right', 'wrong', 'wrong', 'wrong', 'malformed', 'malformed', 'malformed']);
    expect(() => logicTask({ variables: 6 })).toThrow(/variables/);
  });
});

describe('starGraph and graphSearch', () => {
  it('star: arms leave the centre, and the goal ends one of them', () => {
    const task = starGraph({ degree: 3, length: 3, labels: 20 });
    for (let i = 0; i < 100; i++) {
      const { prompt, data, difficulty, solution } = task.sample(Rng.fromSeed(i));
      expect(data.edges).toHaveLength(3 * difficulty);
      expect(data.edges.filter(([from]) => from === data.start)).toHaveLength(3);
      expect(new Set(data.edges.map(([, to]) => to)).size).toBe(3 * difficulty);
      expect(solution.split('>')).toHaveLength(difficulty + 1);
      expect(prompt.endsWith(`/${data.start}>${data.goal}:`)).toBe(true);
    }
    expect(() => starGraph({ labels: 12 })).toThrow(/3 arms of 4 edges need 13 labels, got 12/);
    expect(() => starGraph({ degree: 0 })).toThrow(/degree/);
  });

  it('takes shortest paths along edges', () => {
    const task = graphSearch();
    // 0 → 1 → 3, 0 → 2 → 3, and the detour 0 → 1 → 4 → 3.
    const data = { edges: [[0, 1], [0, 2], [1, 3], [2, 3], [1, 4], [4, 3]] as [number, number][], start: 0, goal: 3, shortest: 2 };
    const verify = (text: string) => task.verify(problem(data), text).reason;
    expect([verify('#0>1>3'), verify('#0>2>3'), verify('#0>1>4>3'), verify('#0>3'), verify('#1>3'), verify('#0>1'), verify('#0,1,3'), verify('#0>>3'), verify('#0>1>3>')]).toEqual(['right', 'right', 'notShortest', 'wrong', 'wrong', 'wrong', 'malformed', 'malformed', 'malformed']);
  });

  it('search: the distance is what the level says, by another search', () => {
    for (let i = 0; i < 100; i++) {
      const { data, difficulty } = graphSearch().sample(Rng.fromSeed(i));
      // Bellman-Ford with unit weights.
      const distance = new Array<number>(8).fill(Infinity);
      distance[data.start] = 0;
      for (let round = 0; round < 8; round++) for (const [from, to] of data.edges) distance[to] = Math.min(distance[to], distance[from] + 1);
      expect(distance[data.goal]).toBe(difficulty);
    }
    expect(() => graphSearch({ nodes: 6, outDegree: 5 }).sample(Rng.fromSeed(0), { difficulty: 2 })).toThrow(/1000 graphs/);
    expect(() => graphSearch({ nodes: 4 })).toThrow(/nodes must be/);
  });
});
