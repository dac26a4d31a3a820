import { joinSnapshots, restoreRng, type Rng, type Snapshot, snapshotPart, snapshotRng, type Tree } from '@rivulet/engine';
import type { HostBatch } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import type { Answer, Judged, Scorer } from './scorer.js';
import type { Completion, TokenGenerator } from './tokenGenerator.js';
import { type TokenRoom, tokenRollout, type TokenSequence } from './tokenRollout.js';
import type { TextTokenizer, VerifiableTask } from './verifiableTask.js';
import { verifierScorer } from './verifierScorer.js';

/** One completion, as a reader sees it. */
export interface Transcript {
  readonly prompt: string;
  readonly text: string;
  readonly reward: number;
  /** Why: the verifier's word, or 'unfinished' in front of it when the room was over first. */
  readonly reason: string;
  readonly tokens: number;
}

export interface TaskActorOptions {
  readonly task: VerifiableTask;
  readonly tokenizer: TextTokenizer;
  readonly generator: TokenGenerator;
  readonly room: TokenRoom;
  /** Q: prompts in a chunk. */
  readonly prompts: number;
  /** G: completions of each prompt; they stand in consecutive rows. */
  readonly groupSize: number;
  /** Draw again, at most four times as much, until Q groups have completions of different reward. Default: false. */
  readonly informative?: boolean;
  /** What of a group is learned from: all of it, in the order written, or its best completion and its worst, in this order. Default: all. */
  readonly keep?: 'all' | 'bestAndWorst';
  /** Gives completions their rewards, and is freed with the actor. Default: the task's verifier. */
  readonly scorer?: Scorer;
  readonly rng: Rng;
  /** Sees every chunk's completions. */
  readonly onTranscripts?: (transcripts: readonly Transcript[]) => void;
}

const MOST_ROUNDS = 4;

/** A problem, and its group of sequences with their transcripts. */
interface Group {
  readonly sequences: readonly TokenSequence[];
  readonly transcripts: readonly Transcript[];
}

/**
 * An actor whose environment is a task in text: it draws problems of the training split, lets the policy write a group of completions of each, and has them scored: verified, unless another scorer is given.
 * Chunks are {@link tokenRollout}s of Q·G rows, or 2·Q. A step is a token written, also one of a group that was dropped; an episode is a completion, its return the reward.
 */
export function taskActor(options: TaskActorOptions): Actor<Tree, HostBatch> {
  const { task, tokenizer, generator, room, prompts, groupSize, scorer = verifierScorer(options.task), informative = false, keep = 'all' } = options;
  const streams = options.rng.split(2);
  let [problems, drawing] = streams;

  /** One round: problems, completions, judgements. */
  const round = async (weights: Tree): Promise<Group[]> => {
    const drawn = Array.from({ length: prompts }, () => task.sample(problems, { split: 'train' }));
    const encoded = drawn.map(({ prompt }) => tokenizer.encode(prompt));
    const completions = await generator.generate(weights, encoded.flatMap((prompt) => Array.from({ length: groupSize }, () => prompt)), drawing);
    const answers = completions.map(({ tokens, ended }, row): Answer => {
      const q = Math.floor(row / groupSize);
      return { problem: drawn[q], prompt: encoded[q], text: tokenizer.decode(tokens), tokens, ended };
    });
    const verdicts = await scorer.score(answers);
    if (verdicts.length !== answers.length) throw new Error(`taskActor: the scorer judged ${verdicts.length} of ${answers.length} answers`);
    return drawn.map((_, q) => groupOf(answers, completions, verdicts, q * groupSize, (q + 1) * groupSize));
  };

  /** Informative groups first, and others where those do not suffice. */
  const gather = async (weights: Tree): Promise<{ readonly all: Group[]; readonly chosen: Group[] }> => {
    const all = await round(weights);
    for (let i = 1; informative && i < MOST_ROUNDS && all.filter(differs).length < prompts; i++) all.push(...(await round(weights)));
    return { all, chosen: informative ? [...all.filter(differs), ...all.filter((group) => !differs(group))].slice(0, prompts) : all };
  };

  return {
    async collect(weights) {
      const { all, chosen } = await gather(weights);
      const transcripts = all.flatMap((group) => group.transcripts);
      options.onTranscripts?.(transcripts);
      return {
        data: tokenRollout(chosen.flatMap(({ sequences }) => (keep === 'all' ? sequences : bestAndWorst(sequences))), room),
        steps: transcripts.reduce((sum, { tokens }) => sum + tokens, 0),
        episodes: transcripts.map(({ reward, tokens }) => ({ return: reward, length: tokens })),
      };
    },
    async snapshot(): Promise<Snapshot> {
      return joinSnapshots({ problems: snapshotRng(problems), drawing: snapshotRng(drawing) });
    },
    restore(snapshot) {
      problems = restoreRng(snapshotPart(snapshot, 'problems'));
      drawing = restoreRng(snapshotPart(snapshot, 'drawing'));
    },
    dispose() {
      void generator.dispose();
      scorer.dispose?.();
    },
  };
}

function groupOf(answers: readonly Answer[], completions: readonly Completion[], verdicts: readonly Judged[], from: number, to: number): Group {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  return {
    sequences: rows.map((row) => ({ prompt: answers[row].prompt, tokens: completions[row].tokens, logProbs: completions[row].logProbs, reward: verdicts[row].reward })),
    transcripts: rows.map((row) => {
      const { problem, text, tokens, ended } = answers[row];
      const { reward, reason } = verdicts[row];
      return { prompt: problem.prompt, text, reward, reason: ended ? reason : `unfinished, ${reason}`, tokens: tokens.length };
    }),
  };
}

function differs({ sequences }: Group): boolean {
  return sequences.some(({ reward }) => reward !== sequences[0].reward);
}

function bestAndWorst(sequences: readonly TokenSequence[]): TokenSequence[] {
  const reward = (sequence: TokenSequence): number => sequence.reward ?? 0;
  const best = sequences.reduce((a, b) => (reward(b) > reward(a) ? b : a));
  const worst = sequences.reduce((a, b) => (reward(b) < reward(a) ? b : a));
  return [best, worst];
}
