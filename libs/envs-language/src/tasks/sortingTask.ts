import { defineTask } from './defineTask.js';
import { quoted, right, wrong } from './verdicts.js';
import type { TokenTask } from './tokenTask.js';

/** What {@link sortingTask} takes. */
export interface SortingTaskOptions {
  /** The most numbers; 5 unless given. */
  readonly maxLength?: number;
  /** Numbers are 0 … max; 99 unless given. */
  readonly max?: number;
  /** Whether solutions show how the least number is taken out again and again; true unless given. */
  readonly scratchpad?: boolean;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/** What the verifier of {@link sortingTask} knows. */
export type SortingData = { readonly numbers: readonly number[] };

/**
 * Numbers into ascending order: `31,4,15:` is worked as `4<31,15;15<31;31#4,15,31` (the least, then what is left). Level l has l + 1 numbers. The same numbers in another order are in the same split.
 *
 * @throws when an option is out of range.
 */
export function sortingTask({ maxLength = 5, max = 99, scratchpad = true, heldOut }: SortingTaskOptions = {}): TokenTask<SortingData> {
  if (!Number.isInteger(maxLength) || maxLength < 2) throw new Error(`sortingTask: maxLength must be an integer of at least 2, got ${maxLength}`);
  if (!Number.isSafeInteger(max) || max < 1) throw new Error(`sortingTask: max must be a positive integer, got ${max}`);
  const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
  return defineTask<SortingData>({
    name: 'sortingTask',
    alphabet: '0123456789,:<;#',
    levels: maxLength - 1,
    answerLimit: 2 * maxLength * (String(max).length + 2),
    heldOut,
    draw(rng, level) {
      const numbers = Array.from({ length: level + 1 }, () => rng.nextInt(max + 1));
      return { prompt: `${numbers.join()}:`, solution: `${scratchpad ? selection(numbers).join(';') : ''}#${sorted(numbers).join()}`, data: { numbers } };
    },
    key: ({ data }) => sorted(data.numbers).join(),
    check(answer, { data }) {
      if (!/^[0-9, ]+$/.test(answer)) return wrong('malformed', `${quoted(answer)} is not a list of numbers with commas between them`);
      const parts = answer.split(',').map((part) => part.trim());
      if (parts.some((part) => !/^[0-9]+$/.test(part))) return wrong('malformed', `${quoted(answer)} has a place without one number`);
      const expected = sorted(data.numbers).join();
      return parts.map((part) => String(BigInt(part))).join() === expected ? right : wrong('wrong', `${quoted(answer)}, it is ${quoted(expected)}`);
    },
  });
}

/** The lines of selection sort. */
function selection(numbers: readonly number[]): string[] {
  const left = [...numbers];
  const lines: string[] = [];
  while (left.length > 0) {
    const [least] = left.splice(left.indexOf(Math.min(...left)), 1);
    lines.push(left.length === 0 ? String(least) : `${least}<${left.join()}`);
  }
  return lines;
}
