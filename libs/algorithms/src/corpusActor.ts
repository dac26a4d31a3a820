import { type HostBatch, restoreRng, type Rng, snapshotRng, type Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { type TokenRoom, tokenRollout } from './tokenRollout.js';
import type { TextTokenizer, VerifiableTask } from './verifiableTask.js';

/**
 * An actor that does not act: its chunks are worked solutions of problems of the training split, for supervised learning. A step is a token of a solution.
 *
 * @throws (from `collect`) when the tokenizer has no end token, or a problem does not fit the room.
 */
export function corpusActor(options: { readonly task: VerifiableTask; readonly tokenizer: TextTokenizer; readonly room: TokenRoom; readonly rows: number; readonly rng: Rng }): Actor<Tree, HostBatch> {
  const { task, tokenizer, room, rows } = options;
  let { rng } = options;
  return {
    collect() {
      const { eos } = tokenizer;
      if (eos === undefined) throw new Error('corpusActor: the tokenizer has no end token, so a model could not learn where to stop');
      const sequences = Array.from({ length: rows }, () => {
        const { prompt, solution } = task.sample(rng, { split: 'train' });
        return { prompt: tokenizer.encode(prompt), tokens: [...tokenizer.encode(solution), eos] };
      });
      return { data: tokenRollout(sequences, room), steps: sequences.reduce((sum, { tokens }) => sum + tokens.length, 0), episodes: [] };
    },
    snapshot: () => snapshotRng(rng),
    restore(snapshot) {
      rng = restoreRng(snapshot);
    },
    dispose: () => undefined,
  };
}
