import type { ActorAndLearner, Transcript } from '@rivulet/algorithms';
import { joinSnapshots, saveCheckpoint, type Snapshot, type Tree } from '@rivulet/engine';
import { actorLearnerLoop, checkpointEvery, type Message } from '@rivulet/streams';
import { type LineFile, type ProgressStream, runFault, syncFile, toJsonl, toTensorBoard } from '@rivulet/tracking';
import { identity, lastValueFrom } from 'rxjs';
import { evaluateRounds } from './evaluateRounds.js';
import type { Examiner } from './examiner.js';
import type { LanguageFolder } from './languageFolder.js';
import { liveLines } from './liveLines.js';
import { phaseStart } from './phaseStart.js';
import type { RunConfig } from './runConfig.js';
import type { RunPhase } from './runPhase.js';
import type { RunStatus } from './runStatus.js';
import { shifted } from './shifted.js';
import type { stopReasons } from './stopReasons.js';
import { untilEnded } from './untilEnded.js';
import { writeTranscripts } from './writeTranscripts.js';

/** What all phases share. */
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

/** How far a run is, its loop as it was stored last, and the weights that its phase uses as they are: in that of the reward model `policy`, in the method `rewardModel`, if there is one. */
export interface Reached {
  readonly status: RunStatus;
  readonly run?: Snapshot;
  readonly frozen?: Snapshot;
}

/** A phase that goes on, with its actor and learner. */
export interface Begun extends Reached {
  readonly made: ActorAndLearner<Tree>;
}

/** Makes rounds of a phase until one of its ends is reached, or the signal aborts; keeps metrics, transcripts and checkpoints. */
export async function learnPhase(phase: RunPhase, { status: start, run, frozen, made }: Begun, context: PhaseContext): Promise<Reached> {
  const { config, folder, examiner, metrics, transcripts, seconds, signal, progress } = context;
  const { evaluation } = phase;
  const before = phaseStart(start);
  let [status, stored] = [start, run];
  let reason: (typeof stopReasons)[number] | undefined;

  const watch = (message: Message<Tree>): boolean => {
    if (message.kind === 'rollout') status = { ...status, step: message.step };
    if (message.kind === 'update') status = { ...status, updates: message.updates, comparisons: status.comparisons + (phase.name === 'rewardModel' ? message.metrics['pairs'] : 0) };
    if (message.kind === 'evaluation' && evaluation !== undefined && evaluation.until !== 'never' && message.meanReturn >= evaluation.until) reason = 'accuracy';
    if (message.kind === 'boundary') {
      status = { ...status, round: status.round + 1 };
      if (status.round >= phase.rounds) reason ??= 'rounds';
      if (config.minutes !== 'unlimited' && seconds() >= 60 * config.minutes) reason ??= 'minutes';
    }
    return reason !== undefined;
  };
  const evaluate = async (policy: Tree, step: number, round: number) => {
    const { accuracy, transcripts: all } = await examiner.evaluate(policy);
    writeTranscripts(transcripts, { phase: start.phase, round, step }, all.slice(0, config.transcripts));
    return { episodes: all.map(({ reward, tokens }: Transcript) => ({ return: reward, length: tokens })), meanReturn: accuracy };
  };
  const save = (snapshot: Snapshot, step: number): Promise<string> => {
    // First, so that a checkpoint never knows of more lines than survive a power cut.
    for (const file of [metrics, transcripts]) if (file.position > 0) syncFile(file.path);
    status = { ...status, seconds: seconds(), files: { metrics: metrics.position, transcripts: transcripts.position } };
    if (reason !== undefined) status = phase.ended(status, reason);
    stored = snapshot;
    return saveCheckpoint(folder.checkpoints, joinSnapshots({ run: snapshot, status: { arrays: {}, data: status }, ...(frozen && { frozen }) }), { step });
  };

  const messages$ = actorLearnerLoop({ actor: () => made.actor, learner: () => made.learner, from: run, signal }).pipe(
    shifted(before.tokens, before.updates),
    evaluation === undefined ? identity : evaluateRounds({ every: evaluation.every, from: start.round, evaluate: (weights, step, round) => evaluate(evaluation.policyOf(weights), step, round) }),
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
  return { status, run: stored, frozen };
}
