import type { Rng } from '@rivulet/engine';
import { defineTask } from './defineTask.js';
import { pick } from './pick.js';
import { quoted, right, wrong } from './verdicts.js';
import type { TokenTask, Verdict } from './tokenTask.js';

/** What {@link programTask} takes. */
export interface ProgramTaskOptions {
  /** 'synthesis' from examples, or 'repair' of a program with one wrong word; 'synthesis' unless given. */
  readonly mode?: 'synthesis' | 'repair';
  /** The most words of a program, 1 … 8; 3 unless given. */
  readonly maxTokens?: number;
  /** Examples in the prompt; 3 unless given. As many tests again are hidden. */
  readonly examples?: number;
  /** Whether a program that runs earns the share of tests that it passes; else all or nothing. False unless given. */
  readonly graded?: boolean;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/** A test of a program: a list, and what must come of it. */
export type ProgramTest = { readonly input: readonly number[]; readonly output: readonly number[] };

/** What the verifier of {@link programTask} knows: the tests, of which the first `shown` stand in the prompt. */
export type ProgramData = { readonly tests: readonly ProgramTest[]; readonly shown: number };

/** What running a program came to. */
export interface TestResult {
  readonly outcome: 'passed' | 'failed' | 'runtimeError' | 'compileError';
  /** Whether each test passed; empty after a compile error. */
  readonly passed: readonly boolean[];
  readonly detail?: string;
}

/** A {@link programTask}. */
export interface ProgramTask extends TokenTask<ProgramData> {
  /** Runs a program, words with single spaces between them, against tests. */
  run(program: string, tests: readonly ProgramTest[]): TestResult;
}

type Word = (list: readonly number[]) => number[] | undefined;

/** The words of the language: lists to lists; undefined is a runtime error. */
const WORDS: { readonly [word: string]: Word } = {
  reverse: (list) => [...list].reverse(),
  sort: (list) => [...list].sort((a, b) => a - b),
  inc: (list) => list.map((x) => x + 1),
  double: (list) => list.map((x) => 2 * x),
  neg: (list) => list.map((x) => 0 - x),
  even: (list) => list.filter((x) => x % 2 === 0),
  positive: (list) => list.filter((x) => x > 0),
  sums: (list) => list.map((_, i) => list.slice(0, i + 1).reduce((a, b) => a + b, 0)),
  head: (list) => (list.length === 0 ? undefined : list.slice(0, 1)),
  tail: (list) => (list.length === 0 ? undefined : list.slice(1)),
};
const NAMES = Object.keys(WORDS);

/**
 * Programs of a small language, run against tests. A program is a row of words that are applied to a list one after the other: reverse, sort, inc (+1), double, neg, even and positive (keep those), sums
 * (running), head and tail (errors on an empty list, which is written `_`). 'synthesis': `3,1,2>6,4,2|5>10:` is answered `#double sort reverse`; 'repair' puts a program with one wrong word before it,
 * `double sort inc/3,1,2>…:`. Any program that passes all tests, hidden ones included, is right. Level l needs up to l words. Reasons besides those of every task: 'compileError', 'runtimeError', 'failed'.
 *
 * @throws when an option is out of range.
 */
export function programTask({ mode = 'synthesis', maxTokens = 3, examples = 3, graded = false, heldOut }: ProgramTaskOptions = {}): ProgramTask {
  if (!Number.isInteger(maxTokens) || maxTokens < 1 || maxTokens > 8) throw new Error(`programTask: maxTokens must be an integer in 1 .. 8, got ${maxTokens}`);
  if (!Number.isInteger(examples) || examples < 1) throw new Error(`programTask: examples must be a positive integer, got ${examples}`);
  const run = (program: string, tests: readonly ProgramTest[]): TestResult => tested(program, tests, maxTokens);
  const task = defineTask<ProgramData>({
    name: `programTask ${mode}`,
    alphabet: '0123456789-,>|:_/# abcdefghijklmnopqrstuvwxyz',
    levels: maxTokens,
    answerLimit: 100,
    heldOut,
    draw(rng, level) {
      const { program, tests } = drawProgram(rng, level, 2 * examples);
      const shown = tests.slice(0, examples).map(({ input, output }) => `${written(input)}>${written(output)}`).join('|');
      const broken = mode === 'repair' ? `${breakOne(rng, program, tests).join(' ')}/` : '';
      return { prompt: `${broken}${shown}:`, solution: `#${program.join(' ')}`, tags: program, data: { tests, shown: examples } };
    },
    check(answer, { data }): Verdict {
      const { outcome, passed, detail } = run(answer, data.tests);
      if (outcome === 'passed') return right;
      const share = graded && outcome === 'failed' ? passed.filter(Boolean).length / passed.length : 0;
      return { ...wrong(outcome, detail ?? `${passed.filter(Boolean).length} of ${passed.length} tests pass`), reward: share };
    },
  });
  return { ...task, run };
}

function drawProgram(rng: Rng, length: number, count: number): { program: string[]; tests: ProgramTest[] } {
  for (;;) {
    const program = Array.from({ length }, () => pick(rng, NAMES));
    const inputs = Array.from({ length: count }, () => Array.from({ length: 1 + rng.nextInt(4) }, () => rng.nextInt(10)));
    const tests = inputs.map((input) => ({ input, output: apply(program, input) }));
    // A program that fails, does nothing to its inputs or gives the same for all of them asks for nothing.
    const varied = new Set(tests.map(({ output }) => written(output ?? []))).size > 1;
    if (varied && tests.every(({ output }) => output !== undefined) && tests.some(({ input, output }) => written(input) !== written(output ?? []))) return { program, tests: tests as ProgramTest[] };
  }
}

/** The program with one word replaced so that some test fails. */
function breakOne(rng: Rng, program: readonly string[], tests: readonly ProgramTest[]): string[] {
  for (;;) {
    const at = rng.nextInt(program.length);
    const broken = program.map((word, i) => (i === at ? pick(rng, NAMES) : word));
    if (tests.some(({ input, output }) => written(apply(broken, input) ?? []) !== written(output))) return broken;
  }
}

function apply(program: readonly string[], input: readonly number[]): number[] | undefined {
  let list: number[] | undefined = [...input];
  for (const word of program) list = list === undefined ? undefined : WORDS[word](list);
  return list;
}

function tested(program: string, tests: readonly ProgramTest[], maxTokens: number): TestResult {
  const words = program.split(' ', maxTokens + 1);
  if (words.length > maxTokens) return { outcome: 'compileError', passed: [], detail: `a program has at most ${maxTokens} words` };
  const unknown = words.find((word) => !NAMES.includes(word));
  if (unknown !== undefined) return { outcome: 'compileError', passed: [], detail: `${quoted(unknown)} is no word of the language` };
  const outputs = tests.map(({ input }) => apply(words, input));
  const passed = tests.map(({ output }, i) => outputs[i] !== undefined && written(outputs[i]) === written(output));
  if (outputs.includes(undefined)) return { outcome: 'runtimeError', passed, detail: 'head or tail of an empty list' };
  return { outcome: passed.every(Boolean) ? 'passed' : 'failed', passed };
}

function written(list: readonly number[]): string {
  return list.length === 0 ? '_' : list.join();
}
