import { existsSync } from 'node:fs';
import type { Transcript } from '@rivulet/algorithms';
import { snapshotPart, tf } from '@rivulet/engine';
import { lockRun, type ProgressStream, runFiles, writeJson } from '@rivulet/tracking';
import { examiner } from './examiner.js';
import type { LanguageFolder } from './languageFolder.js';
import { learnPhase, type PhaseContext, type Reached } from './learnPhase.js';
import { methodPhase } from './methodPhase.js';
import type { ModelScore } from './modelScore.js';
import { phaseStart } from './phaseStart.js';
import type { PolicyScore } from './policyScore.js';
import { rewardModelPhase } from './rewardModelPhase.js';
import { rewardModelScorer } from './rewardModelScorer.js';
import type { RunConfig } from './runConfig.js';
import { type RunParts, runParts } from './runParts.js';
import type { RunPhase } from './runPhase.js';
import type { RunResult } from './runResult.js';
import { runStart } from './runStart.js';
import type { RunStatus } from './runStatus.js';
import { storedPolicy } from './storedPolicy.js';
import { warmStartPhase } from './warmStartPhase.js';
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
 * Trains a language model: a warm start on worked solutions, until it solves some of the held-out problems; then the method, from verified answers alone, or from a reward model that has learned
 * from comparisons in between. It leaves in the folder: config.json, metrics.jsonl, TensorBoard events, transcripts.jsonl, checkpoints and, when the run is finished, result.json. A run that was interrupted or killed, at any
 * moment and in any phase, continues from its checkpoint and ends with the same parameters, bit for bit on the same backend.
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
  let reached = start;
  for (const phase of runPhases(parts, context)) {
    if (phase.over(reached.status)) continue;
    if (context.signal?.aborted === true) break;
    const goesOn = phase.begin === undefined || reached.status.phase === phase.name;
    reached = await learnPhase(phase, goesOn ? { ...reached, made: phase.make(reached) } : await phase.begin(reached), context);
  }
  const { status } = reached;
  if (status.stopped === null || reached.run === undefined) return resultOf(context, status, null);
  const { score, model, transcripts } = await judged(reached, parts, context);
  writeTranscripts(context.transcripts, { phase: 'final', round: status.round, step: status.step }, transcripts.slice(0, context.config.transcripts));
  const result = resultOf(context, status, score, model);
  writeJson(context.folder.result, result);
  return { ...result, files: runFiles(context.folder) };
}

/** The phases of a run in their order. */
function runPhases(parts: RunParts, context: PhaseContext): RunPhase[] {
  return [warmStartPhase(parts, context), ...(context.config.reward === 'model' ? [rewardModelPhase(parts, context)] : []), methodPhase(parts, context)];
}

/** What the policy can do at the end, and how the reward model sees it. */
async function judged(reached: Reached, parts: RunParts, { config, examiner: judge }: PhaseContext): Promise<{ readonly score: PolicyScore; readonly transcripts: readonly Transcript[]; readonly model: ModelScore | null }> {
  const { weights, dispose } = await storedPolicy(parts, config, reached);
  try {
    const judgement = await judge.score(weights);
    if (reached.frozen === undefined) return { ...judgement, model: null };
    const scorer = rewardModelScorer(parts, config, snapshotPart(reached.frozen, 'rewardModel'));
    const model = await judge.modelScore(weights, scorer);
    scorer.dispose();
    return { ...judgement, model };
  } finally {
    dispose();
  }
}

function resultOf({ config, folder, seconds }: PhaseContext, status: RunStatus, final: PolicyScore | null, model: ModelScore | null = null): RunResult {
  const { warmStart, warmScore, step, updates, stopped } = status;
  const ofMethod = status.phase === 'method' && warmStart !== null;
  const before = phaseStart(status);
  const sampledTokens = ofMethod ? step - before.tokens : 0;
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
    tokensPerSecond: ofMethod && status.seconds > before.seconds ? sampledTokens / (status.seconds - before.seconds) : null,
    passAt: final?.passAt ?? null,
    majority: final?.majority ?? null,
    entropy: final?.entropy ?? null,
    length: final?.length ?? null,
    scores: { warmStart: warmScore, final },
    rewardModel: rewardModelOf(status, model),
    backend: tf.getBackend(),
    files: runFiles(folder),
  };
}

function rewardModelOf({ warmStart, rewardModel, comparisons, modelScore }: RunStatus, final: ModelScore | null): RunResult['rewardModel'] {
  if (warmStart === null || rewardModel === null || modelScore === null) return null;
  const { rounds, tokens, seconds } = rewardModel;
  return { accuracy: modelScore.accuracy, rounds, comparisons, tokens: tokens - warmStart.tokens, seconds: seconds - warmStart.seconds, scores: { start: modelScore, final } };
}
