import type { Rng } from '@rivulet/engine';
import type { TextProblem } from './verifiableTask.js';

/** What a {@link MultiTurnTask} says to a turn. */
export interface TaskTurn<S = unknown> {
  readonly state: S;
  /** What stands behind the turn, before the next; empty where nothing does. */
  readonly reply: string;
  /** The reward of this turn; an episode earns their sum. */
  readonly reward: number;
  /** Whether the task is over. */
  readonly terminated: boolean;
  /** Whether only the episode is over, by a limit of turns. */
  readonly truncated: boolean;
  /** A short code; at the end that of the verdict. */
  readonly reason: string;
}

/** A part of a demonstration, and who wrote it: 'model' is to be learned. */
export interface DemonstrationPart {
  readonly role: 'prompt' | 'model' | 'reply';
  readonly text: string;
}

/** A task in text of several turns, such as tools or games: the model writes, the task replies, and so on, as the turn tasks of `@rivulet/envs-language`. */
export interface MultiTurnTask<P extends TextProblem = TextProblem, S = unknown> {
  readonly name: string;
  /** Texts that end a turn beside the end token. */
  readonly stops: readonly string[];
  sample(rng: Rng, options: { readonly split: 'train' | 'heldOut' }): P;
  /** The state before the first turn. */
  begin(problem: P): S;
  /** Judges and answers a turn. Any text is; nothing throws. */
  step(problem: P, state: S, text: string): Promise<TaskTurn<S>>;
  /** An episode that succeeds: the prompt, and in turn what the model writes and the task replies. */
  demonstration(problem: P): Promise<readonly DemonstrationPart[]>;
  /** How often tools were called up to a state, for the metrics of a task that has tools. */
  toolCalls?(state: S): number;
}

/** Whether a task has turns, rather than one answer. */
export function isMultiTurn(task: object): task is MultiTurnTask {
  return 'step' in task;
}
