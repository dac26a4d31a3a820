import type { Json, Rng } from '@rivulet/engine';
import type { Problem, SampleOptions, TokenTask } from './tokenTask.js';

/** What {@link problems} may be told. */
export interface ProblemsOptions extends SampleOptions {
  /** Whether no prompt may come twice; true unless given. */
  readonly distinct?: boolean;
}

/**
 * `n` random problems of a task: an evaluation set, or a pool of prompts. The same stream gives the same problems.
 *
 * @throws when the split does not seem to hold n distinct problems (after 100 n draws).
 */
export function problems<D extends Json>(task: TokenTask<D>, n: number, rng: Rng, { distinct = true, ...options }: ProblemsOptions = {}): Problem<D>[] {
  if (!Number.isSafeInteger(n) || n < 0) throw new Error(`problems: n must be a non-negative integer, got ${n}`);
  const found: Problem<D>[] = [];
  const seen = new Set<string>();
  for (let draws = 0; found.length < n; draws++) {
    if (draws >= 100 * n) throw new Error(`problems: ${task.name} gave ${found.length} distinct problems in ${draws} draws, ${n} were wanted; set distinct: false or ask for fewer`);
    const problem = task.sample(rng, options);
    if (distinct && seen.has(problem.prompt)) continue;
    seen.add(problem.prompt);
    found.push(problem);
  }
  return found;
}
