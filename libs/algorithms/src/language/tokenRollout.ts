import { type HostBatch, ndarray } from '@rivulet/engine';

/** Where prompts and completions stand in the arrays of a {@link tokenRollout}. */
export interface TokenRoom {
  /** P: the most tokens of a prompt. */
  readonly promptTokens: number;
  /** T: the most tokens of a completion, or of an episode of several turns after its prompt. */
  readonly newTokens: number;
  /** The most tokens of a turn, where a task has several: an episode goes on as long as a turn of these fits. */
  readonly turnTokens?: number;
}

/** A prompt with what was written after it. */
export interface TokenSequence {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  /** log-probability of each token written, under the policy that wrote. Zeros unless given: nobody wrote them, they are to be learned. */
  readonly logProbs?: readonly number[];
  /** Of each of `tokens` whether it is to be learned from, rather than a reply that the policy reads. Default: all. */
  readonly own?: readonly boolean[];
  /** 0 unless given. */
  readonly reward?: number;
}

/**
 * Sequences as arrays of one shape, prompts padded on the left, completions on the right, so that the completion of every row stands in the last T columns:
 * `tokens` int32 [N, P+T]; `mask` [N, P+T], 1 where a token is real; `written` [N, T], 1 where a completion has a token that the policy wrote, so that 0 is also a reply between
 * two turns; `logProb` [N, T], 0 where not written; `reward` [N].
 *
 * @throws when a sequence does not fit, or there is none, or `own` is not as long as its tokens.
 */
export function tokenRollout(sequences: readonly TokenSequence[], { promptTokens, newTokens }: TokenRoom): HostBatch {
  const n = sequences.length;
  if (n === 0) throw new Error('tokenRollout: there is no sequence');
  const width = promptTokens + newTokens;
  const [tokens, mask] = [ndarray('int32', [n, width]), ndarray('float32', [n, width])];
  const [written, logProb, reward] = [ndarray('float32', [n, newTokens]), ndarray('float32', [n, newTokens]), ndarray('float32', [n])];
  sequences.forEach((sequence, row) => {
    const { prompt, tokens: own, own: learned, logProbs } = sequence;
    if (prompt.length > promptTokens || prompt.length === 0) throw new Error(`tokenRollout: prompt ${row} has ${prompt.length} tokens, expected 1 to ${promptTokens}`);
    if (own.length > newTokens) throw new Error(`tokenRollout: completion ${row} has ${own.length} tokens, ${newTokens} fit`);
    if (learned !== undefined && learned.length !== own.length) throw new Error(`tokenRollout: 'own' of sequence ${row} must say of each of ${own.length} tokens whose it is, it has ${learned.length} entries`);
    const start = row * width + promptTokens - prompt.length;
    tokens.data.set(prompt, start);
    tokens.data.set(own, row * width + promptTokens);
    mask.data.fill(1, start, row * width + promptTokens + own.length);
    written.data.fill(1, row * newTokens, row * newTokens + own.length);
    if (logProbs !== undefined) logProb.data.set(logProbs, row * newTokens);
    learned?.forEach((counts, i) => {
      if (counts) return;
      written.data[row * newTokens + i] = 0;
      logProb.data[row * newTokens + i] = 0;
    });
    reward.data[row] = sequence.reward ?? 0;
  });
  return { tokens, mask, written, logProb, reward };
}
