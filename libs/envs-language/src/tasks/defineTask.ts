import type { Json, Rng } from '@rivulet/engine';
import { finalAnswer } from './finalAnswer.js';
import { hashText } from './hashText.js';
import type { Problem, Split, TokenTask, Verdict } from './tokenTask.js';

/** A task, but for what all tasks share. */
export interface TaskDefinition<D extends Json> {
  readonly name: string;
  readonly alphabet: string;
  readonly levels: number;
  /** A random problem of a level; `tags` may be left out. */
  draw(rng: Rng, level: number): { readonly prompt: string; readonly solution: string; readonly data: D; readonly tags?: readonly string[] };
  /** What two wordings of one problem share; the prompt unless given. It decides the split, so it must not depend on chance. */
  key?(problem: Problem<D>): string;
  /** The verdict on what follows the last `#`: trimmed, not empty, at most `answerLimit` characters. */
  check(answer: string, problem: Problem<D>): Verdict;
  /** How long an answer may be, in UTF-16 units. */
  readonly answerLimit: number;
  /** The share of problems that are held out; 0.1 unless given. */
  readonly heldOut?: number;
}

const TRIES = 2000;

/**
 * A {@link TokenTask}. A problem is held out when the hash of its key, a number in [0, 2^32), is below heldOut · 2^32: no list is needed, and the splits are the same everywhere.
 *
 * @throws when levels is not a positive integer, or heldOut not in [0, 1).
 */
export function defineTask<D extends Json>(definition: TaskDefinition<D>): TokenTask<D> {
  const { name, alphabet, levels, answerLimit, heldOut = 0.1 } = definition;
  if (!Number.isInteger(levels) || levels < 1) throw new Error(`${name}: levels must be a positive integer, got ${levels}`);
  if (!(heldOut >= 0 && heldOut < 1)) throw new Error(`${name}: heldOut must be in [0, 1), got ${heldOut}`);
  const splitOf = (problem: Problem<D>): Split => (hashText(definition.key?.(problem) ?? problem.prompt) < heldOut * 2 ** 32 ? 'heldOut' : 'train');

  return {
    name, alphabet, levels, splitOf,
    sample(rng, { split = 'train', difficulty } = {}) {
      if (difficulty !== undefined && !(Number.isInteger(difficulty) && difficulty >= 1 && difficulty <= levels)) throw new Error(`${name}: difficulty must be an integer in 1 .. ${levels}, got ${difficulty}`);
      for (let i = 0; i < TRIES; i++) {
        const level = difficulty ?? 1 + rng.nextInt(levels);
        const problem: Problem<D> = { tags: [], ...definition.draw(rng, level), difficulty: level };
        if (splitOf(problem) === split) return problem;
      }
      throw new Error(`${name}: none of ${TRIES} problems${difficulty === undefined ? '' : ` of difficulty ${difficulty}`} is in the split '${split}': there are too few, or heldOut (${heldOut}) leaves too little`);
    },
    verify(problem, text) {
      const answer = finalAnswer(text, answerLimit);
      return typeof answer === 'string' ? definition.check(answer, problem) : answer;
    },
  };
}
