import type { Rng, Tree } from '@rivulet/engine';
import type { ProblemSource } from './flows/problemSource.js';
import type { Scorer } from './flows/scorer.js';
import type { MultiTurnTask } from './multiTurnTask.js';
import type { TokenModel } from './tokenPolicy.js';
import type { Transcript } from './transcript.js';
import type { TextTokenizer, VerifiableTask } from './verifiableTask.js';

/** What a language model learns with: itself, its task, and where it begins. */
export interface TokenTraining {
  readonly policy: TokenModel;
  /** With answers that are verified, or of several turns. */
  readonly task: VerifiableTask | MultiTurnTask;
  readonly tokenizer: TextTokenizer;
  /** The most tokens of a prompt. */
  readonly promptTokens: number;
  /** The most tokens of a turn: needed for a task of several turns, whose `newTokens` are the most of an episode after its prompt, turns and replies together. */
  readonly turnTokens?: number;
  /** Gives completions their rewards; freed with the actor. Default: the task's verifier, or the rewards of its turns. */
  readonly scorer?: Scorer;
  /** Where problems come from, given a stream of its own, such as {@link pooledProblems}. Default: {@link freshProblems} of the task. */
  readonly problems?: (rng: Rng) => ProblemSource;
  /** What was trained before; a fresh start without it. */
  readonly from?: Tree;
  readonly rng: Rng;
  /** Sees the completions of every chunk. */
  readonly onTranscripts?: (transcripts: readonly Transcript[]) => void;
}

/** Training with a task of one turn, where an algorithm knows no others. */
export interface SingleTurnTraining extends TokenTraining {
  readonly task: VerifiableTask;
}
