import type { HostBatch, NdArray, Rng, Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { demonstrationSequence } from '../demonstrationSequence.js';
import { freshProblems } from './freshProblems.js';
import { isMultiTurn, type MultiTurnTask } from '../multiTurnTask.js';
import type { ProblemSource } from './problemSource.js';
import { type TokenRoom, tokenRollout, type TokenSequence } from '../tokenRollout.js';
import type { TextProblem, TextTokenizer, VerifiableTask } from '../verifiableTask.js';

export interface CorpusActorOptions {
  readonly task: VerifiableTask | MultiTurnTask;
  readonly tokenizer: TextTokenizer;
  /** For a task of several turns with `turnTokens`. */
  readonly room: TokenRoom;
  /** Worked solutions in a chunk. */
  readonly rows: number;
  /** Where problems come from, given `rng`. Default: {@link freshProblems} of the task. */
  readonly problems?: (rng: Rng) => ProblemSource;
  readonly rng: Rng;
}

/**
 * An actor that does not act: its chunks are worked solutions of problems, for supervised learning; of a task of several turns its demonstrations ({@link demonstrationSequence}), in which replies are read but not learned. A step is a token
 * that is learned.
 *
 * @throws (from `collect`) when the tokenizer has no end token, or a problem does not fit the room.
 */
export function corpusActor(options: CorpusActorOptions): Actor<Tree, HostBatch> {
  const { task, tokenizer, room, rows, rng } = options;
  const source = (options.problems ?? ((stream: Rng) => freshProblems(task, stream)))(rng);
  const sequenceOf = async (problem: TextProblem): Promise<TokenSequence> => {
    const { eos } = tokenizer;
    if (eos === undefined) throw new Error('corpusActor: the tokenizer has no end token, so a model could not learn where to stop');
    if (isMultiTurn(task)) return demonstrationSequence(await task.demonstration(problem), { task, tokenizer, room });
    return { prompt: tokenizer.encode(problem.prompt), tokens: [...tokenizer.encode(problem.solution), eos] };
  };
  return {
    async collect() {
      const data = tokenRollout(await Promise.all(source.draw(rows).map(sequenceOf)), room);
      return { data, steps: (data.written as NdArray<'float32'>).data.reduce((sum, one) => sum + one, 0), episodes: [] };
    },
    snapshot: () => source.snapshot(),
    restore: (snapshot) => source.restore(snapshot),
    dispose: () => undefined,
  };
}
