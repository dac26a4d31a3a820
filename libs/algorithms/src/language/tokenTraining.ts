import type { Rng, Tree } from '@rivulet/engine';
import type { ProblemSource } from './flows/problemSource.js';
import type { Scorer } from './flows/scorer.js';
import type { TokenModel } from './tokenPolicy.js';
import type { Transcript } from './transcript.js';
import type { TextTokenizer, VerifiableTask } from './verifiableTask.js';

/** What a language model learns with: itself, its task, and where it begins. */
export interface TokenTraining {
  readonly policy: TokenModel;
  readonly task: VerifiableTask;
  readonly tokenizer: TextTokenizer;
  /** The most tokens of a prompt. */
  readonly promptTokens: number;
  /** Gives completions their rewards; freed with the actor. Default: the task's verifier. */
  readonly scorer?: Scorer;
  /** Where problems come from, given a stream of its own, such as {@link pooledProblems}. Default: {@link freshProblems} of the task. */
  readonly problems?: (rng: Rng) => ProblemSource;
  /** What was trained before; a fresh start without it. */
  readonly from?: Tree;
  readonly rng: Rng;
  /** Sees the completions of every chunk. */
  readonly onTranscripts?: (transcripts: readonly Transcript[]) => void;
}
