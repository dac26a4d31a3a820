import type { Json, Rng } from '@rivulet/engine';
import { problems } from './problems.js';
import type { ProblemsOptions } from './problems.js';
import type { TokenTask } from './tokenTask.js';

/** A text to learn from: the prompt is given, the completion is learned. */
export interface Example {
  readonly prompt: string;
  readonly completion: string;
}

/** `n` prompts with their worked solutions, for the supervised warm start; of the split 'train' unless told otherwise, and repeated if need be unless `distinct` is set. */
export function corpus<D extends Json>(task: TokenTask<D>, n: number, rng: Rng, options: ProblemsOptions = {}): Example[] {
  return problems(task, n, rng, { distinct: false, ...options }).map(({ prompt, solution }) => ({ prompt, completion: solution }));
}
