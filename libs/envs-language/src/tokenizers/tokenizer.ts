/** How {@link Tokenizer.decode} writes. */
export interface DecodeOptions {
  /** Whether special tokens are written out, as `<eos>`; false unless given: they are left out. */
  readonly special?: boolean;
}

/** Texts as token ids 0 … vocabSize − 1, and back. */
export interface Tokenizer {
  readonly vocabSize: number;
  /** Fills the places of a batch that hold nothing; undefined where the vocabulary has none. */
  readonly pad: number | undefined;
  /** Begins a sequence. */
  readonly bos: number | undefined;
  /** Ends a sequence. */
  readonly eos: number | undefined;
  /**
   * The ids of a text; special tokens are not added.
   * @throws when a symbol is not in the vocabulary and there is no token for unknown ones.
   */
  encode(text: string): number[];
  /**
   * The text of ids.
   * @throws when an id is not in the vocabulary.
   */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
}
