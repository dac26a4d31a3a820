import type { TextProblem } from '../verifiableTask.js';

/** What a completion was found worth, and why. */
export interface Judged {
  readonly reward: number;
  /** A few words for people. */
  readonly reason: string;
}

/** A completion to be judged. */
export interface Answer {
  readonly problem: TextProblem;
  /** What was written after the prompt. */
  readonly text: string;
  /** The tokens of the prompt. */
  readonly prompt: readonly number[];
  /** The tokens of the completion; the last is the end token where the policy ended by itself. */
  readonly tokens: readonly number[];
  /** Whether it ended by itself or by a stop sequence, rather than where the room was over. */
  readonly ended: boolean;
}

/** Gives completions their rewards: a verifier, a reward model, a judge. */
export interface Scorer {
  /** One judgement for each answer, in their order. All completions of a round come in one call, those of a prompt in consecutive places. */
  score(answers: readonly Answer[]): Promise<Judged[]>;
  /** Frees what the scorer holds. */
  dispose?(): void;
}
