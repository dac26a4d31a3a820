import type { Rng } from '@rivulet/engine';

/** A text problem with a worked solution. */
export interface TextProblem {
  readonly prompt: string;
  /** What a model should write after the prompt. */
  readonly solution: string;
}

/** Problems in text whose answers can be verified, as those of `@rivulet/envs-language`. */
export interface VerifiableTask<P extends TextProblem = TextProblem> {
  readonly name: string;
  sample(rng: Rng, options: { readonly split: 'train' | 'heldOut' }): P;
  /** Judges what was written after the prompt: a reward in [0, 1] and a short reason. Any text is judged; nothing throws. */
  verify(problem: P, text: string): { readonly reward: number; readonly reason: string };
}

/** Texts as token ids and back, as the tokenizers of `@rivulet/envs-language`. */
export interface TextTokenizer {
  readonly vocabSize: number;
  /** Ends a sequence. */
  readonly eos: number | undefined;
  encode(text: string): readonly number[];
  decode(ids: ArrayLike<number>): string;
}
