import type { ActorAndLearner, Algorithm } from '@rivulet/algorithms';
import { Rng } from '@rivulet/engine';
import { algorithms } from './algorithms.js';
import { makeEnv } from './makeEnv.js';
import type { RunConfig } from './runConfig.js';

/**
 * The parts of a run in their first state; the caller frees actor and learner.
 * @throws when the environment is unknown, or algorithm, settings and environment do not go together.
 */
export function startRun(config: RunConfig): ActorAndLearner & { readonly algorithm: Algorithm } {
  const algorithm = algorithms[config.algorithm].make(config.settings);
  const env = algorithm.adapt(makeEnv(config.env, algorithm.numEnvs));
  return { algorithm, ...algorithm.start(env, Rng.fromSeed(config.seed), config.steps) };
}
