import type { Json, Rng } from '@rivulet/engine';

/** One problem of a task: plain JSON, so that it can be stored, sent and compared. */
export interface Problem<D extends Json = Json> {
  readonly prompt: string;
  /** A worked solution as a model should write it, the answer behind its last `#`: what follows the prompt in supervised learning. */
  readonly solution: string;
  /** 1 … `levels` of the task. */
  readonly difficulty: number;
  /** What the problem is about, such as `+` or `carry`. */
  readonly tags: readonly string[];
  /** What the verifier needs to know. */
  readonly data: D;
}

/** What a verifier says. */
export interface Verdict {
  /** In [0, 1]. */
  readonly reward: number;
  /**
   * A short code, to be counted: 'right', 'wrong', 'noAnswer' (nothing behind a `#`), 'malformed' (not of the form that was asked for), 'tooLong',
   * and those that a task adds.
   */
  readonly reason: string;
  /** The same for a reader, where there is more to say. */
  readonly detail?: string;
}

/** The two parts of a task: no problem is in both. */
export type Split = 'train' | 'heldOut';

/** What {@link TokenTask.sample} may be told. */
export interface SampleOptions {
  /** 'train' unless given. */
  readonly split?: Split;
  /** 1 … `levels`; drawn among all of them unless given. */
  readonly difficulty?: number;
}

/** A generator of problems in text, and an exact verifier of answers. */
export interface TokenTask<D extends Json = Json> {
  readonly name: string;
  /** Every character that prompts and solutions can hold: the vocabulary of a `charTokenizer`. */
  readonly alphabet: string;
  /** The number of levels of difficulty. */
  readonly levels: number;
  /**
   * A random problem of a split.
   * @throws when the level does not exist, or holds no problem of the split.
   */
  sample(rng: Rng, options?: SampleOptions): Problem<D>;
  /** Which split a problem belongs to: a function of the problem alone. */
  splitOf(problem: Problem<D>): Split;
  /**
   * Judges what a model wrote after the prompt: the answer is what follows the last `#`. Any text is judged, in a time linear in its length; nothing is run, and nothing throws.
   */
  verify(problem: Problem<D>, text: string): Verdict;
}
