import { existsSync } from 'node:fs';
import { type Snapshot, snapshotPart, tf } from '@rivulet/engine';
import { lockRun, type ProgressStream, runFiles, writeJson } from '@rivulet/tracking';
import { examiner } from './examiner.js';
import type { LanguageFolder } from './languageFolder.js';
import { languageMethod } from './languageMethods.js';
import { learnPhase, type PhaseContext, type Reached } from './learnPhase.js';
import { phaseParts } from './phaseParts.js';
import type { PolicyScore } from './policyScore.js';
import type { RunConfig } from './runConfig.js';
import { type RunParts, runParts } from './runParts.js';
import type { RunResult } from './runResult.js';
import { runStart } from './runStart.js';
import type { RunStatus } from './runStatus.js';
import { warmStartConfig } from './warmStartConfig.js';
import { writeTranscripts } from './writeTranscripts.js';

export interface TrainRunOptions {
  readonly config: RunConfig;
  readonly folder: LanguageFolder;
  /** Continue from the folder's newest checkpoint, if it has one. */
  readonly resume: boolean;
  /** Ends the run after the current round, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Told once nothing stands in the way, before training goes on. */
  readonly onStart?: () => void;
  /** Where the progress is shown; nowhere if undefined. */
  readonly progress?: ProgressStream;
}

/**
 * Trains a language model: a warm start on worked solutions, until it solves some of the held-out problems; then the method, from verified answers alone. It leaves in the folder: config.json,
 * metrics.jsonl, TensorBoard events, transcripts.jsonl, checkpoints and, when the run is finished, result.json. A run that was interrupted or killed, at any moment and in either phase,
 * continues from its checkpoint and ends with the same parameters, bit for bit on the same backend.
 *
 * @throws when the folder is in use or holds another run, a checkpoint is damaged, or training fails; the message says what is left and how to go on.
 */
export async function trainRun({ config, folder, resume, signal, onStart, progress }: TrainRunOptions): Promise<RunResult> {
  const unlock = lockRun(folder);
  const begun = performance.now();
  try {
    if (!resume && existsSync(folder.config)) throw new Error(`another run has begun in ${folder.path}: choose another folder`);
    const { metrics, transcripts, ...start } = await runStart(folder, resume);
    const parts = runParts(config);
    writeJson(folder.config, config);
    onStart?.();
    const seconds = (): number => start.status.seconds + (performance.now() - begun) / 1000;
    const context: PhaseContext = { config, folder, examiner: examiner(config, parts), metrics, transcripts, seconds, signal, progress };
    try {
      return await phases(start, parts, context);
    } finally {
      await context.examiner.dispose();
      parts.dispose();
    }
  } finally {
    unlock();
  }
}

async function phases(start: Reached, parts: RunParts, context: PhaseContext): Promise<RunResult> {
  const warm = start.status.warmStart === null ? await warmUp(start, parts, context) : start;
  const over = warm.status.stopped !== null || warm.status.warmStart === null || context.signal?.aborted === true;
  const { status, run } = over ? warm : await improve(warm, parts, context);
  if (status.stopped === null || run === undefined) return resultOf(context, status, null);
  const { score, transcripts } = await judged(run, parts, context);
  writeTranscripts(context.transcripts, { phase: 'final', round: status.round, step: status.step }, transcripts.slice(0, context.config.transcripts));
  const result = resultOf(context, status, score);
  writeJson(context.folder.result, result);
  return { ...result, files: runFiles(context.folder) };
}

/** The first phase: worked solutions, until the policy solves as many problems as it should. Without rounds there is none. */
async function warmUp(start: Reached, parts: RunParts, context: PhaseContext): Promise<Reached> {
  const { until, rounds, evaluateEvery } = warmStartConfig.parse(context.config.warmStart);
  const ended = (status: RunStatus): RunStatus => ({ ...status, warmStart: { rounds: status.round, tokens: status.step, updates: status.updates, seconds: status.seconds } });
  if (rounds === 0) return { status: ended(start.status) };
  return learnPhase({ label: 'warm start', make: () => phaseParts.warmStart(parts, context.config), policyOf: (weights) => weights, evaluateEvery, until, rounds, ended }, start, context);
}

/** The second phase: verified answers alone. */
async function improve({ status, run }: Reached, parts: RunParts, context: PhaseContext): Promise<Reached> {
  const { method: label, evaluateEvery, until, rounds } = context.config;
  const { policyOf } = languageMethod(label);
  const phase = { label, policyOf, evaluateEvery, until, rounds, ended: (end: RunStatus, stopped: NonNullable<RunStatus['stopped']>): RunStatus => ({ ...end, stopped }) };
  if (status.phase === 'method') return learnPhase({ ...phase, make: () => phaseParts.method(parts, context.config) }, { status, run }, context);
  const warm = phaseParts.warmStart(parts, context.config);
  try {
    if (run !== undefined) await warm.learner.restore(snapshotPart(run, 'learner'));
    const { score, transcripts } = await context.examiner.score(warm.learner.weights);
    writeTranscripts(context.transcripts, { phase: 'afterWarmStart', round: status.round, step: status.step }, transcripts.slice(0, context.config.transcripts));
    context.progress?.write(`after the warm start  held out ${(100 * score.accuracy).toFixed(1)} % of ${score.problems} problems that no evaluation during training sees\n`);
    const begun = phaseParts.method(parts, context.config, warm.learner.weights);
    return await learnPhase({ ...phase, make: () => begun }, { status: { ...status, phase: 'method', round: 0, warmScore: score } }, context);
  } finally {
    warm.actor.dispose();
    warm.learner.dispose();
  }
}

/** What a stored policy can do. */
async function judged(run: Snapshot, parts: RunParts, context: PhaseContext) {
  const { actor, learner } = phaseParts.method(parts, context.config);
  try {
    await learner.restore(snapshotPart(run, 'learner'));
    return await context.examiner.score(languageMethod(context.config.method).policyOf(learner.weights));
  } finally {
    actor.dispose();
    learner.dispose();
  }
}

function resultOf({ config, folder, seconds }: PhaseContext, status: RunStatus, final: PolicyScore | null): RunResult {
  const { warmStart, warmScore, step, updates, stopped } = status;
  const ofMethod = status.phase === 'method' && warmStart !== null;
  const sampledTokens = ofMethod ? step - warmStart.tokens : 0;
  return {
    task: config.task,
    method: config.method,
    seed: config.seed,
    stopped: stopped ?? 'interrupted',
    warmStartAccuracy: warmScore?.accuracy ?? null,
    heldOutAccuracy: final?.accuracy ?? null,
    sampledTokens,
    warmStartTokens: warmStart?.tokens ?? step,
    rounds: ofMethod ? status.round : 0,
    updates,
    seconds: seconds(),
    warmStartSeconds: warmStart?.seconds ?? status.seconds,
    tokensPerSecond: ofMethod && status.seconds > warmStart.seconds ? sampledTokens / (status.seconds - warmStart.seconds) : null,
    passAt: final?.passAt ?? null,
    majority: final?.majority ?? null,
    entropy: final?.entropy ?? null,
    length: final?.length ?? null,
    scores: { warmStart: warmScore, final },
    backend: tf.getBackend(),
    files: runFiles(folder),
  };
}
