import { existsSync, writeFileSync } from 'node:fs';
import { tf } from '@rivulet/engine';
import { curvePoints, learningCurve, lockRun, type ProgressStream, readJsonl, runFiles, type RunFolder, writeJson } from '@rivulet/tracking';
import { evaluateRun } from './evaluateRun.js';
import { learn } from './learn.js';
import { learningStart } from './learningStart.js';
import type { RunConfig } from './runConfig.js';
import type { RunResult } from './runResult.js';
import type { RunStatus } from './runStatus.js';

export interface TrainRunOptions {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  /** Continue from the folder's newest checkpoint, if it has one. */
  readonly resume: boolean;
  /** Ends the run after the current iteration, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Told once nothing stands in the way, before training goes on. */
  readonly onStart?: () => void;
  /** Where the progress is shown; nowhere if undefined. */
  readonly progress?: ProgressStream;
}

/**
 * Trains, and leaves in the folder: config.json, metrics.jsonl, TensorBoard events, checkpoints, curve.svg and, when the
 * run is finished, result.json with the evaluation of the newest checkpoint on fresh episodes. A run that was interrupted
 * or killed, at any moment, continues from its checkpoint and ends with the same parameters, bit for bit on the same backend.
 *
 * @throws when the folder is in use or holds another run, a checkpoint is damaged, or training fails; the message says what is left and how to go on.
 */
export async function trainRun({ config, folder, resume, signal, onStart, progress }: TrainRunOptions): Promise<RunResult> {
  const unlock = lockRun(folder);
  try {
    if (!resume && existsSync(folder.config)) throw new Error(`another run has begun in ${folder.path}: choose another folder`);
    const start = await learningStart(folder, resume);
    writeJson(folder.config, config);
    onStart?.();
    const status = start.status.stopped === null ? await learn({ config, folder, start, signal, progress }) : start.status;
    drawCurve(config, folder);
    if (status.stopped === null) return resultOf(config, folder, status, null);
    const { meanReturn: mean, stdReturn: std, episodes } = await evaluateRun({ config, folder, episodes: config.episodes });
    const result = resultOf(config, folder, status, { mean, std, returns: episodes.map((episode) => episode.return) });
    writeJson(folder.result, result);
    return { ...result, files: runFiles(folder) };
  } finally {
    unlock();
  }
}

function resultOf({ env, algorithm, seed }: RunConfig, folder: RunFolder, status: RunStatus, evaluation: RunResult['scores']['evaluation']): RunResult {
  const { step, updates, training, seconds, stopped } = status;
  return {
    env,
    algorithm,
    seed,
    steps: step,
    updates,
    stopped: stopped ?? 'interrupted',
    scores: { training, evaluation },
    seconds,
    stepsPerSecond: step / seconds,
    backend: tf.getBackend(),
    files: runFiles(folder),
  };
}

function drawCurve({ env, algorithm, seed, untilReturn }: RunConfig, folder: RunFolder): void {
  if (!existsSync(folder.metrics)) return;
  const points = curvePoints(readJsonl(folder.metrics));
  if (points.length === 0) return;
  const series = [{ label: `${algorithm}, seed ${seed}`, points }];
  writeFileSync(folder.curve, learningCurve(series, { title: `${algorithm.toUpperCase()} on ${env}`, ...(untilReturn === 'never' ? {} : { threshold: untilReturn }) }));
}
