import type { Rng } from '@rivulet/engine';
import { checkInteger } from './checkInteger.js';
import { defineTask } from './defineTask.js';
import { exactArithmetic } from './exactArithmetic.js';
import { pick } from './pick.js';
import { quoted, right, wrong } from './verdicts.js';
import type { Problem, TokenTask, Verdict } from './tokenTask.js';

/** What {@link searchPuzzle} takes. */
export interface SearchPuzzleOptions {
  /** 'countdown' unless given. */
  readonly kind?: 'countdown' | 'subsetSum' | 'guessCheck';
  /** The most numbers to choose from (countdown, subsetSum), 2 … 6; 4 unless given. */
  readonly numbers?: number;
  /** The largest of these numbers, or of the roots (guessCheck); 20 unless given. */
  readonly max?: number;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/** What the verifier of {@link searchPuzzle} knows. */
export type SearchPuzzleData = { readonly numbers: readonly number[]; readonly target: number };

/** One legal step of countdown: two numbers give way to their result. */
export interface PuzzleStep {
  /** Such as `3*7=21`. */
  readonly text: string;
  readonly result: number;
  /** The numbers that are left, with the result at the end. */
  readonly rest: readonly number[];
}

/** A {@link searchPuzzle}. */
export interface SearchPuzzle extends TokenTask<SearchPuzzleData> {
  /** The steps of countdown from numbers that are left: whole positive results, each pair and operation once. */
  legalSteps(numbers: readonly number[]): PuzzleStep[];
}

/**
 * Puzzles that need trial:
 * - 'countdown': `3,5,7>26:`, reach the target with + − * / and brackets, each number at most once, each division without remainder: `3*7=21;21+5=26#3*7+5`.
 * - 'subsetSum': `3,9,4>13:`, which of the numbers add up to the target: `#9+4`.
 * - 'guessCheck': `x*x+3*x=40:`, a root: `x=1:4;x=8:88;x=5:40#5`; data.numbers is [the coefficient of x].
 *
 * The verifier reads expressions itself, in exact arithmetic; every valid answer counts. Level l has l + 1 numbers; 'guessCheck' has one level. Besides those of every task, its reasons are
 * 'wrongNumbers' (a number that is not there, or too often), 'notWhole' (a division with a remainder), 'divisionByZero'.
 *
 * @throws when an option is out of range.
 */
export function searchPuzzle({ kind = 'countdown', numbers = 4, max = 20, heldOut }: SearchPuzzleOptions = {}): SearchPuzzle {
  if (!Number.isInteger(numbers) || numbers < 2 || numbers > 6) throw new Error(`searchPuzzle: numbers must be an integer in 2 .. 6, got ${numbers}`);
  if (!Number.isInteger(max) || max < 2 || max > 100) throw new Error(`searchPuzzle: max must be an integer in 2 .. 100, got ${max}`);
  const task = defineTask<SearchPuzzleData>({
    name: `searchPuzzle ${kind}`,
    alphabet: kind === 'guessCheck' ? '0123456789x*+=:;#' : '0123456789,>:+-*/()=;#',
    levels: kind === 'guessCheck' ? 1 : numbers - 1,
    answerLimit: 200,
    heldOut,
    draw: (rng, level) => (kind === 'countdown' ? countdown(rng, level + 1, max) : kind === 'subsetSum' ? subsetSum(rng, level + 1, max) : guessCheck(rng, max)),
    // The order in which the numbers stand makes no other puzzle.
    key: ({ data }) => `${[...data.numbers].sort((a, b) => a - b).join()}>${data.target}`,
    check: (answer, problem) => (kind === 'guessCheck' ? checkRoot(answer, problem.data) : checkExpression(answer, problem, kind === 'subsetSum')),
  });
  return { ...task, legalSteps };
}

/** An expression under construction, with its outermost operation. */
type Term = { readonly value: number; readonly text: string; readonly op: string };

type Drawn = { prompt: string; solution: string; data: SearchPuzzleData };

/** Numbers, and a target made of all or some of them by random steps. */
function countdown(rng: Rng, count: number, max: number): Drawn {
  const numbers = Array.from({ length: count }, () => 1 + rng.nextInt(max));
  let terms: Term[] = numbers.map((value) => ({ value, text: String(value), op: '' }));
  const lines: string[] = [];
  // At least two numbers are used; the others are there to mislead.
  const used = 2 + rng.nextInt(count - 1);
  for (let i = 1; i < used; i++) {
    const order = rng.permutation(terms.length);
    // The expression under construction is the last term: it takes part in every step but the first.
    const [first, second] = i === 1 ? [terms[order[0]], terms[order[1]]] : [terms[terms.length - 1], terms[order.find((at) => at !== terms.length - 1) ?? 0]];
    const [a, b] = first.value >= second.value ? [first, second] : [second, first];
    const op = pick(rng, ['+', '-', '*', '/'].filter((each) => legal(a.value, each, b.value) && !(each === '*' && a.value * b.value > 1000)));
    const value = apply(a.value, op, b.value);
    lines.push(`${a.value}${op}${b.value}=${value}`);
    terms = [...terms.filter((term) => term !== a && term !== b), { value, text: `${inside(a, op, false)}${op}${inside(b, op, true)}`, op }];
  }
  const { value: target, text } = terms[terms.length - 1];
  return { prompt: `${numbers.join()}>${target}:`, solution: `${lines.join(';')}#${text}`, data: { numbers, target } };
}

/** A term as it must be written beside an operation: in brackets where that would bind its parts first. */
function inside({ text, op }: Term, outer: string, onTheRight: boolean): string {
  const sum = op === '+' || op === '-';
  const brackets = sum ? outer === '*' || outer === '/' || (outer === '-' && onTheRight) : op !== '' && outer === '/' && onTheRight;
  return brackets ? `(${text})` : text;
}

function subsetSum(rng: Rng, count: number, max: number): Drawn {
  const numbers = Array.from({ length: count }, () => 1 + rng.nextInt(max));
  const chosen = numbers.filter(() => rng.nextInt(2) === 1);
  const parts = chosen.length === 0 ? [pick(rng, numbers)] : chosen;
  const target = parts.reduce((sum, part) => sum + part, 0);
  return { prompt: `${numbers.join()}>${target}:`, solution: `#${parts.join('+')}`, data: { numbers, target } };
}

/** x² + b x = c, its root found by halving the interval. */
function guessCheck(rng: Rng, max: number): Drawn {
  const [root, b] = [1 + rng.nextInt(max), rng.nextInt(10)];
  const target = root * root + b * root;
  const lines: string[] = [];
  for (let low = 1, high = max, guess = -1; guess !== root; ) {
    guess = Math.floor((low + high) / 2);
    const value = guess * guess + b * guess;
    lines.push(`x=${guess}:${value}`);
    if (value < target) low = guess + 1;
    else high = guess - 1;
  }
  return { prompt: `x*x+${b}*x=${target}:`, solution: `${lines.join(';')}#${root}`, data: { numbers: [b], target } };
}

function checkRoot(answer: string, { numbers: [b], target }: SearchPuzzleData): Verdict {
  const form = checkInteger(answer, 0);
  if (form.reason === 'malformed') return form;
  const x = BigInt(answer);
  return x * x + BigInt(b) * x === BigInt(target) ? right : wrong('wrong', `${quoted(answer)} is no root`);
}

function checkExpression(answer: string, { data }: Problem<SearchPuzzleData>, sumsOnly: boolean): Verdict {
  if (sumsOnly && !/^[0-9+ ]*$/.test(answer)) return wrong('malformed', 'only sums are asked for');
  const value = exactArithmetic(answer);
  if (value.fault !== undefined) return wrong(value.fault, value.detail);
  const left = [...data.numbers];
  for (const literal of value.literals) {
    const at = left.findIndex((number) => BigInt(number) === literal);
    if (at < 0) return wrong('wrongNumbers', `${quoted(String(literal))} is not there, or not so often`);
    left.splice(at, 1);
  }
  if (value.fractional) return wrong('notWhole', 'a division leaves a remainder');
  return value.numerator === BigInt(data.target) ? right : wrong('wrong', `the value is ${value.numerator}, the target ${data.target}`);
}

function legalSteps(numbers: readonly number[]): PuzzleStep[] {
  const steps = new Map<string, PuzzleStep>();
  numbers.forEach((first, i) => numbers.forEach((second, j) => {
    if (j <= i) return;
    const [a, b] = first >= second ? [first, second] : [second, first];
    for (const op of ['+', '-', '*', '/']) {
      if (!legal(a, op, b)) continue;
      const result = apply(a, op, b);
      const text = `${a}${op}${b}=${result}`;
      steps.set(text, { text, result, rest: [...numbers.filter((_, k) => k !== i && k !== j), result] });
    }
  }));
  return [...steps.values()];
}

/** Whether a ≥ b give a whole positive result. */
function legal(a: number, op: string, b: number): boolean {
  return op === '-' ? a > b : op !== '/' || (b > 0 && a % b === 0);
}

function apply(a: number, op: string, b: number): number {
  return op === '+' ? a + b : op === '-' ? a - b : op === '*' ? a * b : a / b;
}
