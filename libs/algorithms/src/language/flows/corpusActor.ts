import type { HostBatch, Rng, Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { freshProblems } from './freshProblems.js';
import type { ProblemSource } from './problemSource.js';
import { type TokenRoom, tokenRollout } from '../tokenRollout.js';
import type { TextTokenizer, VerifiableTask } from '../verifiableTask.js';

export interface CorpusActorOptions {
  readonly task: VerifiableTask;
  readonly tokenizer: TextTokenizer;
  readonly room: TokenRoom;
  /** Worked solutions in a chunk. */
  readonly rows: number;
  /** Where problems come from, given `rng`. Default: {@link freshProblems} of the task. */
  readonly problems?: (rng: Rng) => ProblemSource;
  readonly rng: Rng;
}

/**
 * An actor that does not act: its chunks are worked solutions of problems, for supervised learning. A step is a token of a solution.
 *
 * @throws (from `collect`) when the tokenizer has no end token, or a problem does not fit the room.
 */
export function corpusActor(options: CorpusActorOptions): Actor<Tree, HostBatch> {
  const { task, tokenizer, room, rows, rng } = options;
  const source = (options.problems ?? ((stream: Rng) => freshProblems(task, stream)))(rng);
  return {
    collect() {
      const { eos } = tokenizer;
      if (eos === undefined) throw new Error('corpusActor: the tokenizer has no end token, so a model could not learn where to stop');
      const sequences = source.draw(rows).map(({ prompt, solution }) => ({ prompt: tokenizer.encode(prompt), tokens: [...tokenizer.encode(solution), eos] }));
      return { data: tokenRollout(sequences, room), steps: sequences.reduce((sum, { tokens }) => sum + tokens.length, 0), episodes: [] };
    },
    snapshot: () => source.snapshot(),
    restore: (snapshot) => source.restore(snapshot),
    dispose: () => undefined,
  };
}
