/** One answer to be judged. */
export interface JudgeItem {
  readonly prompt: string;
  readonly answer: string;
  /** What a good answer says, where that is known. */
  readonly reference?: string;
}

/** What a judge says of one answer. */
export interface Judgement {
  /** In [0, 1]; undefined where the judge gave none, and then `reason` says why: leave the answer out rather than count it as bad. */
  readonly score: number | undefined;
  /** The judge's words, or what went wrong. */
  readonly reason: string;
}

/** Who gives scores where no verifier can: a model behind a server, a person, a script. */
export interface Judge {
  /**
   * Judges answers, in order: one judgement for each.
   * @throws (rejects) when the judge cannot be reached at all, or `signal` is aborted.
   */
  judge(items: readonly JudgeItem[], options?: { readonly signal?: AbortSignal }): Promise<Judgement[]>;
}
