import type { Completion } from '../generation/tokenGenerator.js';
import type { TextProblem } from '../verifiableTask.js';

/** What a policy wrote after a prompt; of an episode of several turns ({@link playGroups}), with the replies in between. */
export interface WrittenCompletion extends Completion {
  /** Of each token whether the policy wrote it, rather than the task. Default: all. */
  readonly own?: readonly boolean[];
  /** Of an episode of several turns: how many the policy had. */
  readonly turns?: number;
  /** Of a task that has tools: how often it called them. */
  readonly toolCalls?: number;
}

/** A problem, and the completions that a policy wrote of it. */
export interface WrittenGroup {
  readonly problem: TextProblem;
  /** The tokens of the problem's prompt. */
  readonly prompt: readonly number[];
  readonly completions: readonly WrittenCompletion[];
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
