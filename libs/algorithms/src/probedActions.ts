import type { Tree } from '@rivulet/engine';
import type { Rows } from '@rivulet/envs';
import type { Algorithm, Spaces } from './algorithm.js';
import { probeEnv } from './probeEnv.js';

/**
 * What an environment gets to do when the greedy policy sees some observations: through all that the algorithm puts between, as in training and evaluation.
 * @param options.spaces of the environment as it comes.
 * @param options.observation rows [N, ...] of its observation space.
 * @returns rows [N, ...] of its action space.
 */
export async function probedActions<W extends Tree>({ algorithm, spaces, weights, observation, n }: { readonly algorithm: Algorithm<W>; readonly spaces: Spaces; readonly weights: W; readonly observation: Rows; readonly n: number }): Promise<Rows> {
  let taken: Rows | undefined;
  const env = algorithm.adapt(probeEnv(spaces, observation, n, (actions) => (taken = actions)));
  const greedy = algorithm.greedy({ observation: env.observationSpace, action: env.actionSpace });
  env.step(await greedy(weights, env.reset(), n));
  return taken!;
}
