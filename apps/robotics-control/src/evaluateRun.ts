import { Rng, snapshotPart } from '@rivulet/engine';
import type { EvaluationResult } from '@rivulet/evaluation';
import { newestCheckpoint, type RunFolder } from '@rivulet/tracking';
import { evaluator } from './evaluator.js';
import type { RunConfig } from './runConfig.js';
import { startRun } from './startRun.js';

export interface EvaluateRunOptions {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly episodes: number;
  /** Of the episodes; follows from the seed of the run by default. */
  readonly seed?: number;
}

/** An evaluation, of which training step, with which episodes. */
export interface RunEvaluation extends EvaluationResult {
  readonly step: number;
  readonly seed: number;
}

/** The seed of the episodes that judge a finished run: other ones than those seen in training or in its evaluations. */
function freshSeed(seed: number): number {
  return Rng.fromSeed(seed).foldIn('fresh episodes').nextUint32();
}

/**
 * Plays fresh episodes with the policy of a run's newest checkpoint. The run may be going on.
 * @throws when the folder holds no checkpoint, or a damaged one.
 */
export async function evaluateRun({ config, folder, episodes, seed = freshSeed(config.seed) }: EvaluateRunOptions): Promise<RunEvaluation> {
  const checkpoint = await newestCheckpoint(folder);
  if (checkpoint === undefined) throw new Error(`${folder.path} has no checkpoint yet: let its run go on with --resume ${folder.path}`);
  const { algorithm, actor, learner } = startRun(config);
  try {
    await learner.restore(snapshotPart(snapshotPart(checkpoint.snapshot, 'run'), 'learner'));
    const result = await evaluator(algorithm, config.env)(learner.weights, { episodes, seed });
    return { ...result, seed, step: checkpoint.step };
  } finally {
    actor.dispose();
    learner.dispose();
  }
}
