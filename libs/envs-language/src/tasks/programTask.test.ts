import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { programTask } from './programTask.js';
import { testTask } from './taskKit.test.fixture.js';

describe('programTask: synthesis', () => testTask(programTask()));
describe('programTask: repair', () => testTask(programTask({ mode: 'repair', maxTokens: 4 })));

describe('programTask', () => {
  const task = programTask();
  const on = (program: string, input: number[], output: number[]) => task.run(program, [{ input, output }]).outcome;

  it('runs the words as they are described', () => {
    const cases: [string, number[], number[]][] = [
      ['reverse', [1, 2, 3], [3, 2, 1]], ['sort', [10, 9, 1], [1, 9, 10]], ['inc', [0, 9], [1, 10]], ['double', [3, 0], [6, 0]], ['neg', [2, 0], [-2, 0]], ['even', [1, 2, 4], [2, 4]], ['neg even', [3, 4], [-4]],
      ['positive', [0, 3], [3]], ['sums', [1, 2, 3], [1, 3, 6]], ['head', [7, 8], [7]], ['tail', [7, 8], [8]], ['tail', [7], []], ['double sort reverse', [3, 1, 2], [6, 4, 2]], ['neg positive', [3], []],
    ];
    for (const [program, input, output] of cases) expect([program, on(program, input, output)]).toEqual([program, 'passed']);
  });

  it('tells what is wrong', () => {
    expect(on('tail head', [1], [1])).toBe('runtimeError');
    for (const program of ['', 'sorted', 'sort  inc', 'Sort', 'sort,inc', 'inc inc inc inc', 'constructor', '__proto__', 'toString']) expect([program, on(program, [1], [2])]).toEqual([program, 'compileError']);
    expect(task.run('inc', [{ input: [1], output: [2] }, { input: [1], output: [3] }])).toEqual({ outcome: 'failed', passed: [true, false] });
  });

  it('takes every program that passes the hidden tests too, and grades where asked', () => {
    const data = { tests: [{ input: [1, 2], output: [2, 3] }, { input: [2, 1], output: [3, 2] }, { input: [], output: [] }, { input: [4], output: [4] }], shown: 2 };
    const problem = { prompt: '', solution: '', difficulty: 1, tags: [], data };
    expect(task.verify(problem, '#inc')).toEqual({ reward: 0, reason: 'failed', detail: '3 of 4 tests pass' });
    expect(programTask({ graded: true }).verify(problem, '#inc').reward).toBe(0.75);
    expect(programTask({ graded: true }).verify(problem, '#head').reward).toBe(0);
    expect(task.verify({ ...problem, data: { ...data, tests: data.tests.slice(0, 3) } }, '#neg neg inc').reward).toBe(1);
  });

  it('breaks programs so that they fail', () => {
    const repair = programTask({ mode: 'repair' });
    for (let seed = 0; seed < 100; seed++) {
      const problem = repair.sample(Rng.fromSeed(seed));
      expect(repair.run(problem.prompt.split('/')[0], problem.data.tests).outcome).not.toBe('passed');
      expect(problem.data.tests).toHaveLength(6);
      expect(new Set(problem.data.tests.map(({ output }) => output.join())).size).toBeGreaterThan(1);
    }
    expect(() => programTask({ maxTokens: 9 })).toThrow(/maxTokens must be an integer in 1 .. 8/);
    expect(() => programTask({ examples: 0 })).toThrow(/examples/);
  });
});
