import type { ActorAndLearner, Transcript } from '@rivulet/algorithms';
import { joinSnapshots, saveCheckpoint, type Snapshot, type Tree } from '@rivulet/engine';
import { actorLearnerLoop, checkpointEvery, type Message } from '@rivulet/streams';
import { type LineFile, type ProgressStream, runFault, syncFile, toJsonl, toTensorBoard } from '@rivulet/tracking';
import { identity, lastValueFrom } from 'rxjs';
import { evaluateRounds } from './evaluateRounds.js';
import type { Examiner } from './examiner.js';
import type { LanguageFolder } from './languageFolder.js';
import { liveLines } from './liveLines.js';
import type { RunConfig } from './runConfig.js';
import type { RunStatus } from './runStatus.js';
import { shifted } from './shifted.js';
import type { stopReasons } from './stopReasons.js';
import { untilEnded } from './untilEnded.js';
import { writeTranscripts } from './writeTranscripts.js';

type StopReason = (typeof stopReasons)[number];

/** One of the two phases of a run. */
export interface Phase {
  readonly label: string;
  readonly make: () => ActorAndLearner<Tree>;
  /** The policy's weights, of those that the phase trains. */
  readonly policyOf: (weights: Tree) => Tree;
  readonly evaluateEvery: number;
  readonly until: number | 'never';
  readonly rounds: number;
  /** The status with the end of the phase in it. */
  readonly ended: (status: RunStatus, reason: StopReason) => RunStatus;
}

/** What both phases share. */
export interface PhaseContext {
  readonly config: RunConfig;
  readonly folder: LanguageFolder;
  readonly examiner: Examiner;
  readonly metrics: LineFile;
  readonly transcripts: LineFile;
  /** Wall time since the start of the run. */
  readonly seconds: () => number;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressStream;
}

/** How far a run is, and its loop as it was stored last. */
export interface Reached {
  readonly status: RunStatus;
  readonly run?: Snapshot;
}

/** Makes rounds of a phase until one of its ends is reached, or the signal aborts; keeps metrics, transcripts and checkpoints. */
export async function learnPhase(phase: Phase, { status: start, run }: Reached, context: PhaseContext): Promise<Reached> {
  const { config, folder, examiner, metrics, transcripts, seconds, signal, progress } = context;
  const before = start.phase === 'warmStart' || start.warmStart === null ? { tokens: 0, updates: 0 } : start.warmStart;
  let [status, stored] = [start, run];
  let reason: StopReason | undefined;

  const watch = (message: Message<Tree>): boolean => {
    if (message.kind === 'rollout') status = { ...status, step: message.step };
    if (message.kind === 'update') status = { ...status, updates: message.updates };
    if (message.kind === 'evaluation' && phase.until !== 'never' && message.meanReturn >= phase.until) reason = 'accuracy';
    if (message.kind === 'boundary') {
      status = { ...status, round: status.round + 1 };
      if (status.round >= phase.rounds) reason ??= 'rounds';
      if (config.minutes !== 'unlimited' && seconds() >= 60 * config.minutes) reason ??= 'minutes';
    }
    return reason !== undefined;
  };
  const evaluate = async (weights: Tree, step: number, round: number) => {
    const { accuracy, transcripts: all } = await examiner.evaluate(phase.policyOf(weights));
    writeTranscripts(transcripts, { phase: start.phase, round, step }, all.slice(0, config.transcripts));
    return { episodes: all.map(({ reward, tokens }: Transcript) => ({ return: reward, length: tokens })), meanReturn: accuracy };
  };
  const save = (snapshot: Snapshot, step: number): Promise<string> => {
    // First, so that a checkpoint never knows of more lines than survive a power cut.
    for (const file of [metrics, transcripts]) if (file.position > 0) syncFile(file.path);
    status = { ...status, seconds: seconds(), files: { metrics: metrics.position, transcripts: transcripts.position } };
    if (reason !== undefined) status = phase.ended(status, reason);
    stored = snapshot;
    return saveCheckpoint(folder.checkpoints, joinSnapshots({ run: snapshot, status: { arrays: {}, data: status } }), { step });
  };

  const messages$ = actorLearnerLoop({ ...partsOf(phase.make()), from: run, signal }).pipe(
    shifted(before.tokens, before.updates),
    evaluateRounds({ every: phase.evaluateEvery, from: start.round, evaluate }),
    untilEnded(watch),
    toJsonl(metrics),
    toTensorBoard(folder.tensorBoard, start.step > 0 ? { resumedAt: start.step } : {}),
    checkpointEvery({ ...(config.checkpointSeconds > 0 ? { seconds: config.checkpointSeconds } : {}), atEnd: true, save }),
    progress === undefined ? identity : liveLines({ name: phase.label, stream: progress, rounds: { from: start.round, most: phase.rounds } }),
  );
  try {
    await lastValueFrom(messages$, { defaultValue: undefined });
  } catch (error) {
    throw await runFault(error as Error, folder, status.step);
  }
  return { status, run: stored };
}

function partsOf({ actor, learner }: ActorAndLearner<Tree>) {
  return { actor: () => actor, learner: () => learner };
}
