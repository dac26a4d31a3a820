import { type HostBatch, joinSnapshots, ndarray, type NdArray, restoreRng, type Rng, type Snapshot, snapshotPart, snapshotRng, type Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { concatAll, defer, identity, lastValueFrom, type MonoTypeOperatorFunction, type Observable, of, repeat, take, tap, toArray } from 'rxjs';
import type { CompletionGroup, WrittenCompletion } from './completionGroup.js';
import { freshProblems } from './freshProblems.js';
import type { ProblemSource } from './problemSource.js';
import type { Scorer } from './scorer.js';
import { solveGroups } from './solveGroups.js';
import type { TokenGenerator } from '../generation/tokenGenerator.js';
import type { MultiTurnTask } from '../multiTurnTask.js';
import { type TokenRoom, tokenRollout, type TokenSequence } from '../tokenRollout.js';
import { type Transcript, transcriptsOf } from '../transcript.js';
import type { TextTokenizer, VerifiableTask } from '../verifiableTask.js';

export interface TaskActorOptions {
  readonly task: VerifiableTask | MultiTurnTask;
  readonly tokenizer: TextTokenizer;
  /** For a task of several turns one that writes a turn: see {@link turnRoom}. */
  readonly generator: TokenGenerator;
  /** For a task of several turns with `turnTokens`. */
  readonly room: TokenRoom;
  /** Q: prompts in a round, and the most groups in a chunk. */
  readonly prompts: number;
  /** G: completions of each prompt; they stand in consecutive rows. */
  readonly groupSize: number;
  /** Rounds that are drawn at most for a chunk, while `select` asks for more. Default: 1. */
  readonly rounds?: number;
  /** What of the groups is learned from, such as {@link informativeGroups} or {@link bestAndWorst}. Default: all. */
  readonly select?: MonoTypeOperatorFunction<CompletionGroup>;
  /** Gives completions their rewards, and is freed with the actor. Default: the task's verifier, or the rewards of its turns. */
  readonly scorer?: Scorer;
  /** Where problems come from, given a stream of its own. Default: {@link freshProblems} of the task. */
  readonly problems?: (rng: Rng) => ProblemSource;
  readonly rng: Rng;
  /** Sees every chunk's completions. */
  readonly onTranscripts?: (transcripts: readonly Transcript[]) => void;
}

/**
 * An actor whose environment is a task in text: its problems flow through {@link solveGroups} and `select` until there are Q groups to learn from.
 * Chunks are {@link tokenRollout}s of their completions, group after group. A step is a token written, also one of a completion that was dropped; an episode is a completion, its return the reward.
 *
 * A task of several turns is played ({@link playGroups}): a completion then is an episode with the replies in between, of which nothing is learned, and its reward the sum of its turns' rewards. Chunks say of each row
 * also its `turns`, 1 in `unfinished` where the task did not end it, and `toolCalls` where the task counts them, float32 [N] each.
 *
 * @throws (from `collect`) what the flows throw, and when `select` leaves nothing.
 */
export function taskActor(options: TaskActorOptions): Actor<Tree, HostBatch> {
  const { task, tokenizer, generator, room, prompts, groupSize, rounds = 1, select = identity, scorer } = options;
  const [problemRng, drawingRng] = options.rng.split(2);
  const source = (options.problems ?? ((rng: Rng) => freshProblems(task, rng)))(problemRng);
  let drawing = drawingRng;

  /** A round: problems, completions, rewards. */
  const round = (weights: Tree): Observable<readonly CompletionGroup[]> =>
    defer(() => of(source.draw(prompts))).pipe(solveGroups({ task, generator, tokenizer, room, scorer, weights, groupSize, rng: drawing }));

  return {
    async collect(weights) {
      const transcripts: Transcript[] = [];
      const seen = (groups: readonly CompletionGroup[]): void => {
        source.observe(groups);
        transcripts.push(...transcriptsOf(groups));
      };
      const groups$ = round(weights).pipe(tap(seen), repeat(rounds), concatAll(), select, take(prompts));
      const groups = await lastValueFrom(groups$.pipe(toArray()));
      options.onTranscripts?.(transcripts);
      return {
        data: { ...tokenRollout(groups.flatMap(sequencesOf), room), ...episodeArrays(groups.flatMap(({ completions }) => completions)) },
        steps: transcripts.reduce((sum, { tokens }) => sum + tokens, 0),
        episodes: transcripts.map(({ reward, tokens }) => ({ return: reward, length: tokens })),
      };
    },
    async snapshot(): Promise<Snapshot> {
      return joinSnapshots({ problems: await source.snapshot(), drawing: snapshotRng(drawing) });
    },
    async restore(snapshot) {
      await source.restore(snapshotPart(snapshot, 'problems'));
      drawing = restoreRng(snapshotPart(snapshot, 'drawing'));
    },
    dispose() {
      void generator.dispose();
      scorer?.dispose?.();
    },
  };
}

function sequencesOf({ prompt, completions, rewards }: CompletionGroup): TokenSequence[] {
  return completions.map(({ tokens, logProbs, own }, i) => ({ prompt, tokens, logProbs, own, reward: rewards[i] }));
}

/** What rows of several turns say of themselves. */
function episodeArrays(completions: readonly WrittenCompletion[]): HostBatch {
  const column = (of: (completion: WrittenCompletion) => number): NdArray => ndarray('float32', [completions.length], Float32Array.from(completions, of));
  if (completions.every(({ turns }) => turns === undefined)) return {};
  const calls: HostBatch = completions.some(({ toolCalls }) => toolCalls !== undefined) ? { toolCalls: column(({ toolCalls = 0 }) => toolCalls) } : {};
  return { turns: column(({ turns = 1 }) => turns), unfinished: column(({ ended }) => (ended ? 0 : 1)), ...calls };
}
