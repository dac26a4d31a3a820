import type { Completion } from '../generation/tokenGenerator.js';
import type { TextProblem } from '../verifiableTask.js';

/** A problem, and the completions that a policy wrote of it. */
export interface WrittenGroup {
  readonly problem: TextProblem;
  /** The tokens of the problem's prompt. */
  readonly prompt: readonly number[];
  readonly completions: readonly Completion[];
  /** The completions as text. */
  readonly texts: readonly string[];
}

/** A problem, and its completions with what they were found worth: what flows from rollout to learning. */
export interface CompletionGroup extends WrittenGroup {
  /** Of each completion. */
  readonly rewards: readonly number[];
  /** Why each has its reward, for people. */
  readonly reasons: readonly string[];
}
