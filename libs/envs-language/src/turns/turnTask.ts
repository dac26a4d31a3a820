import type { Json, Rng } from '@rivulet/engine';
import type { Problem, SampleOptions, Split } from '../tasks/tokenTask.js';
import type { Segment } from './segment.js';

/** What a task of several turns says to one of them. */
export interface Turn<S extends Json = Json> {
  readonly state: S;
  /** What is appended to the transcript after the model's text; the model goes on behind it. Empty at the end. */
  readonly reply: string;
  /** The reward of this turn; an episode earns their sum. */
  readonly reward: number;
  /** Whether the task is over. */
  readonly terminated: boolean;
  /** Whether only the recording is over, by a limit of turns: the task would go on. */
  readonly truncated: boolean;
  /** A short code, to be counted: 'open' while it goes on; at the end that of the verdict, or why there is none. */
  readonly reason: string;
  /** The same for a reader, where there is more to say. */
  readonly detail?: string;
}

/**
 * A task of several turns: the model writes, the task replies, and so on. Problems and states are plain JSON and nothing is hidden elsewhere, so episodes can be stored, copied (a group of them from one
 * problem) and continued anywhere.
 */
export interface TurnTask<D extends Json = Json, S extends Json = Json> {
  readonly name: string;
  /** Every character that prompts, demonstrations and replies can hold: the vocabulary of a `charTokenizer`. */
  readonly alphabet: string;
  readonly levels: number;
  /** Texts after which the model should stop writing, to hear the reply. */
  readonly stops: readonly string[];
  /** A random problem of a split, as a `TokenTask` gives it. */
  sample(rng: Rng, options?: SampleOptions): Problem<D>;
  splitOf(problem: Problem<D>): Split;
  /** The state before the first turn. */
  begin(problem: Problem<D>): S;
  /** Judges and answers what the model wrote, whatever it is: bad text has its reply or ends the episode with a reason, and nothing throws. */
  step(problem: Problem<D>, state: S, text: string): Promise<Turn<S>>;
  /** An episode that succeeds, as a corpus needs it: prompt, and in turn what the model writes and the task replies. */
  demonstration(problem: Problem<D>): Promise<Segment[]>;
  /** How often tools were called up to a state, where the task has tools. */
  toolCalls?(state: S): number;
}
