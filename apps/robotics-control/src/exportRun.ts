import { readFileSync } from 'node:fs';
import { exportPolicy, type PolicyComparison, verifyPolicy } from '@rivulet/algorithms';
import { Rng, snapshotPart } from '@rivulet/engine';
import { chosenCheckpoint, type RunFolder, writeBytes } from '@rivulet/tracking';
import { makeEnv } from './makeEnv.js';
import type { RunConfig } from './runConfig.js';
import { startRun } from './startRun.js';

export interface ExportRunOptions {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  /** The file to write; one that is there is replaced. */
  readonly to: string;
  /** 'latest' (the default), or the name of a folder among the run's checkpoints. */
  readonly checkpoint?: string;
  /** Observations in a call; 'any' by default. */
  readonly batch?: number | 'any';
  /** Of the observations on which both policies act; 0 by default. */
  readonly seed?: number;
}

/** An exported policy: which one, and how its file compares with it. */
export interface ExportedRun extends PolicyComparison {
  /** Environment steps that it was trained for. */
  readonly step: number;
  /** Of the file. */
  readonly bytes: number;
  /** Whether the file acts as the policy does: numbers within `tolerance`, and at most one discrete action in a hundred another. */
  readonly passed: boolean;
  /** 1e-4, or as much of the largest finite bound of the actions. */
  readonly tolerance: number;
}

/**
 * Writes the greedy policy of a run as an ONNX model, loads the file, and compares its actions with those of the run's own policy, computed kernel by kernel, on observations that are sampled from the space.
 * @throws when there is no such checkpoint, or a damaged one, and when the file cannot be written.
 */
export async function exportRun({ config, folder, to, checkpoint: name = 'latest', batch = 'any', seed = 0 }: ExportRunOptions): Promise<ExportedRun> {
  const checkpoint = await chosenCheckpoint(folder, name);
  const { algorithm, actor, learner } = startRun({ ...config, settings: { ...config.settings, compile: false } });
  const env = makeEnv(config.env, 1);
  const spaces = { observation: env.observationSpace, action: env.actionSpace };
  env.close();
  try {
    await learner.restore(snapshotPart(snapshotPart(checkpoint.snapshot, 'run'), 'learner'));
    const { weights } = learner;
    writeBytes(to, exportPolicy({ algorithm, spaces, weights, batch, metadata: { environment: config.env, steps: String(checkpoint.step), seed: String(config.seed) } }));
    const written = readFileSync(to);
    const comparison = await verifyPolicy(written, { algorithm, spaces, weights, rng: Rng.fromSeed(seed) });
    const { observations, largestDifference, otherChoices } = comparison;
    const bounds = spaces.action.kind === 'box' ? [...spaces.action.low, ...spaces.action.high].filter(Number.isFinite).map(Math.abs) : [];
    const tolerance = 1e-4 * Math.max(1, ...bounds);
    const passed = spaces.action.kind === 'box' ? largestDifference <= tolerance : otherChoices <= observations / 100;
    return { ...comparison, step: checkpoint.step, bytes: written.length, passed, tolerance };
  } finally {
    actor.dispose();
    learner.dispose();
  }
}
