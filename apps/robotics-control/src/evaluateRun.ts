import { loadCheckpoint, Rng, snapshotPart } from '@rivulet/engine';
import type { EvaluationResult } from '@rivulet/evaluation';
import { algorithms } from './algorithms.js';
import { evaluator } from './evaluator.js';
import { makeEnv } from './makeEnv.js';
import { runConfig } from './runConfig.js';
import { openRunFolder, readJson } from './runFolder.js';

/** The seed of the episodes that judge a finished run: other ones than those seen in training or in its evaluations. */
export function evaluationSeed(seed: number): number {
  return Rng.fromSeed(seed).foldIn('fresh episodes').nextUint32();
}

/**
 * Plays fresh episodes with the policy of a run's newest checkpoint.
 * @throws when the folder holds no run, or its checkpoint is damaged.
 */
export async function evaluateRun(path: string, options: { readonly episodes: number; readonly seed?: number }): Promise<EvaluationResult & { readonly step: number; readonly seed: number }> {
  const folder = openRunFolder(path);
  const config = runConfig.parse(readJson(folder.config));
  const { snapshot } = await loadCheckpoint(folder.checkpoints);
  const algorithm = algorithms[config.algorithm].make(config.settings);
  const env = algorithm.adapt(makeEnv(config.env, algorithm.numEnvs));
  const { actor, learner } = algorithm.start(env, Rng.fromSeed(config.seed), config.steps);
  try {
    const run = snapshotPart(snapshot, 'run');
    await learner.restore(snapshotPart(run, 'learner'));
    const seed = options.seed ?? evaluationSeed(config.seed);
    const result = await evaluator(algorithm, config.env)(learner.weights, { episodes: options.episodes, seed });
    return { ...result, seed, step: Number(snapshotPart(run, 'loop').data.step) };
  } finally {
    actor.dispose();
    learner.dispose();
  }
}
