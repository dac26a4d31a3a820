import { type HostBatch, joinSnapshots, restoreRng, type Rng, type Snapshot, snapshotPart, snapshotRng, type Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { concatAll, defer, identity, lastValueFrom, type MonoTypeOperatorFunction, type Observable, of, repeat, take, tap, toArray } from 'rxjs';
import type { CompletionGroup } from './completionGroup.js';
import { freshProblems } from './freshProblems.js';
import type { ProblemSource } from './problemSource.js';
import type { Scorer } from './scorer.js';
import { scoreGroups } from './scoreGroups.js';
import type { TokenGenerator } from '../generation/tokenGenerator.js';
import { type TokenRoom, tokenRollout, type TokenSequence } from '../tokenRollout.js';
import { type Transcript, transcriptsOf } from '../transcript.js';
import type { TextTokenizer, VerifiableTask } from '../verifiableTask.js';
import { verifierScorer } from './verifierScorer.js';
import { writeGroups } from './writeGroups.js';

export interface TaskActorOptions {
  readonly task: VerifiableTask;
  readonly tokenizer: TextTokenizer;
  readonly generator: TokenGenerator;
  readonly room: TokenRoom;
  /** Q: prompts in a round, and the most groups in a chunk. */
  readonly prompts: number;
  /** G: completions of each prompt; they stand in consecutive rows. */
  readonly groupSize: number;
  /** Rounds that are drawn at most for a chunk, while `select` asks for more. Default: 1. */
  readonly rounds?: number;
  /** What of the groups is learned from, such as {@link informativeGroups} or {@link bestAndWorst}. Default: all. */
  readonly select?: MonoTypeOperatorFunction<CompletionGroup>;
  /** Gives completions their rewards, and is freed with the actor. Default: the task's verifier. */
  readonly scorer?: Scorer;
  /** Where problems come from, given a stream of its own. Default: {@link freshProblems} of the task. */
  readonly problems?: (rng: Rng) => ProblemSource;
  readonly rng: Rng;
  /** Sees every chunk's completions. */
  readonly onTranscripts?: (transcripts: readonly Transcript[]) => void;
}

/**
 * An actor whose environment is a task in text: its problems flow through {@link writeGroups}, {@link scoreGroups} and `select` until there are Q groups to learn from.
 * Chunks are {@link tokenRollout}s of their completions, group after group. A step is a token written, also one of a completion that was dropped; an episode is a completion, its return the reward.
 *
 * @throws (from `collect`) what the flows throw, and when `select` leaves nothing.
 */
export function taskActor(options: TaskActorOptions): Actor<Tree, HostBatch> {
  const { task, tokenizer, generator, room, prompts, groupSize, rounds = 1, select = identity, scorer = verifierScorer(options.task) } = options;
  const [problemRng, drawingRng] = options.rng.split(2);
  const source = (options.problems ?? ((rng: Rng) => freshProblems(task, rng)))(problemRng);
  let drawing = drawingRng;

  /** A round: problems, completions, rewards. */
  const round = (weights: Tree): Observable<readonly CompletionGroup[]> =>
    defer(() => of(source.draw(prompts))).pipe(writeGroups({ generator, tokenizer, weights, groupSize, rng: drawing }), scoreGroups(scorer));

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
        data: tokenRollout(groups.flatMap(sequencesOf), room),
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
      scorer.dispose?.();
    },
  };
}

function sequencesOf({ prompt, completions, rewards }: CompletionGroup): TokenSequence[] {
  return completions.map(({ tokens, logProbs }, i) => ({ prompt, tokens, logProbs, reward: rewards[i] }));
}
