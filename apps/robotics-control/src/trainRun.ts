import { existsSync, writeFileSync } from 'node:fs';
import { type Algorithm, type PolicyWeights, train } from '@rivulet/algorithms';
import { joinSnapshots, loadCheckpoint, Rng, saveCheckpoint, type Snapshot, snapshotPart } from '@rivulet/engine';
import { checkpointEvery, evaluateEvery, type Message, untilEvaluation, untilReturn, untilSteps } from '@rivulet/streams';
import { curvePoints, learningCurve, LineFile, progressBar, type ProgressStream, readJsonl, toJsonl, toTensorBoard } from '@rivulet/tracking';
import { identity, lastValueFrom, type MonoTypeOperatorFunction, tap } from 'rxjs';
import { algorithms } from './algorithms.js';
import { evaluateRun } from './evaluateRun.js';
import { evaluator } from './evaluator.js';
import { makeEnv } from './makeEnv.js';
import type { RunConfig } from './runConfig.js';
import { type RunFolder, writeJson } from './runFolder.js';

/** Why a run ended. */
export type StopReason = 'return' | 'evaluation' | 'steps' | 'interrupted';

/** What a run came to. */
export interface RunResult {
  readonly env: string;
  readonly algorithm: string;
  readonly seed: number;
  readonly steps: number;
  readonly updates: number;
  readonly stopped: StopReason;
  readonly scores: {
    /** Mean return of the last 100 training episodes. */
    readonly training: number | null;
    /** Mean, standard deviation and returns of the fresh evaluation episodes; null when the run was interrupted. */
    readonly evaluation: { readonly mean: number; readonly std: number; readonly returns: readonly number[] } | null;
  };
  /** Of training in this process, without the final evaluation. */
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly files: { readonly [name: string]: string };
}

export interface TrainRunOptions {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  /** Continue from the folder's newest checkpoint, if it has one. */
  readonly resume: boolean;
  /** Ends the run after the current iteration, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Where the progress is shown; nowhere if undefined. */
  readonly progress?: ProgressStream;
}

/** A checkpoint holds the run itself, and how far its metrics were written. */
function checkpointParts(run: Snapshot, metrics: LineFile): Snapshot {
  return joinSnapshots({ run, tracking: { arrays: {}, data: { metrics: metrics.position } } });
}

async function restored(folder: RunFolder, resume: boolean): Promise<{ readonly run?: Snapshot; readonly metrics: LineFile; readonly step: number }> {
  if (!resume || !existsSync(folder.checkpoints)) return { metrics: new LineFile(folder.metrics), step: 0 };
  const { snapshot } = await loadCheckpoint(folder.checkpoints);
  const run = snapshotPart(snapshot, 'run');
  const metrics = new LineFile(folder.metrics, { from: Number(snapshotPart(snapshot, 'tracking').data.metrics) });
  return { run, metrics, step: Number(snapshotPart(run, 'loop').data.step) };
}

function optional<T>(condition: boolean, operator: () => MonoTypeOperatorFunction<T>): MonoTypeOperatorFunction<T> {
  return condition ? operator() : identity;
}

/**
 * Trains, and leaves in the folder: config.json, metrics.jsonl, TensorBoard events, checkpoints, curve.svg and result.json.
 * Ends by evaluating the newest checkpoint on fresh episodes. An interrupted or killed run continues from its checkpoint
 * and ends with the same parameters, bit for bit.
 */
export async function trainRun({ config, folder, resume, signal, progress }: TrainRunOptions): Promise<RunResult> {
  const algorithm: Algorithm = algorithms[config.algorithm].make(config.settings);
  const start = await restored(folder, resume);
  writeJson(folder.config, config);
  const evaluate = evaluator(algorithm, config.env);
  const evaluationRng = Rng.fromSeed(config.seed).foldIn('evaluations');
  const begun = performance.now();
  let reason: StopReason = 'steps';
  let last = { step: start.step, updates: 0, meanReturn: undefined as number | undefined };

  const watch = tap<Message<PolicyWeights>>((message) => {
    if (message.kind === 'update') last = { ...last, updates: message.updates };
    if (message.kind === 'rollout') last = { ...last, step: message.step, meanReturn: message.meanReturn };
    if (message.kind === 'rollout' && config.untilReturn !== 'never' && message.window >= 100 && (message.meanReturn ?? -Infinity) >= config.untilReturn) reason = 'return';
    if (message.kind === 'evaluation' && config.untilEvaluation !== 'never' && message.meanReturn >= config.untilEvaluation) reason = 'evaluation';
  });

  const messages$ = train(algorithm, { env: (n) => makeEnv(config.env, n), seed: config.seed, steps: config.steps, resume: start.run, signal }).pipe(
    untilSteps(config.steps),
    optional(config.untilReturn !== 'never', () => untilReturn(config.untilReturn as number)),
    optional(config.evaluateEvery > 0, () =>
      evaluateEvery({ steps: config.evaluateEvery, evaluate: (weights, step) => evaluate(weights, { episodes: config.episodes, seed: evaluationRng.foldIn(step).nextUint32() }) }),
    ),
    optional(config.untilEvaluation !== 'never', () => untilEvaluation(config.untilEvaluation as number)),
    watch,
    toJsonl(start.metrics),
    toTensorBoard(folder.tensorBoard, start.run === undefined ? {} : { resumedAt: start.step }),
    checkpointEvery({
      ...(config.checkpointSeconds > 0 ? { seconds: config.checkpointSeconds } : {}),
      atEnd: true,
      save: async (snapshot, step) => saveCheckpoint(folder.checkpoints, checkpointParts(snapshot, start.metrics), { step }),
    }),
    optional(progress !== undefined, () => progressBar({ total: config.steps, stream: progress })),
  );
  await lastValueFrom(messages$, { defaultValue: undefined });

  const seconds = (performance.now() - begun) / 1000;
  if (signal?.aborted === true) reason = 'interrupted';
  drawCurve(config, folder);
  const evaluation = reason === 'interrupted' ? null : await evaluateRun(folder.path, { episodes: config.episodes });
  const result: RunResult = {
    env: config.env,
    algorithm: config.algorithm,
    seed: config.seed,
    steps: last.step,
    updates: last.updates,
    stopped: reason,
    scores: {
      training: last.meanReturn ?? null,
      evaluation: evaluation === null ? null : { mean: evaluation.meanReturn, std: evaluation.stdReturn, returns: evaluation.episodes.map((episode) => episode.return) },
    },
    seconds,
    stepsPerSecond: (last.step - start.step) / seconds,
    files: { folder: folder.path, config: folder.config, metrics: folder.metrics, tensorBoard: folder.tensorBoard, checkpoints: folder.checkpoints, curve: folder.curve, result: folder.result },
  };
  writeJson(folder.result, result);
  return result;
}

function drawCurve(config: RunConfig, folder: RunFolder): void {
  const points = curvePoints(readJsonl(folder.metrics));
  if (points.length === 0) return;
  const threshold = config.untilReturn === 'never' ? {} : { threshold: config.untilReturn };
  const series = [{ label: `${config.algorithm}, seed ${config.seed}`, points }];
  writeFileSync(folder.curve, learningCurve(series, { title: `${config.algorithm.toUpperCase()} on ${config.env}`, ...threshold }));
}
