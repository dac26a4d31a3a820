import type { Algorithm, GreedyPolicy, PolicyWeights } from '@rivulet/algorithms';
import { evaluatePolicy, type EvaluationResult } from '@rivulet/evaluation';
import { makeEnv } from './makeEnv.js';

/** Copies that an evaluation steps together. */
const COPIES = 10;

/** Plays whole episodes with the greedy policy of some weights, on environments apart from training. */
export function evaluator(algorithm: Algorithm, envId: string): (weights: PolicyWeights, options: { readonly episodes: number; readonly seed: number }) => Promise<EvaluationResult> {
  let policy: GreedyPolicy | undefined;
  return (weights, { episodes, seed }) => {
    const make = () => algorithm.adapt(makeEnv(envId, Math.min(COPIES, episodes)));
    if (policy === undefined) {
      const env = make();
      policy = algorithm.greedy({ observation: env.observationSpace, action: env.actionSpace });
      env.close();
    }
    const greedy = policy;
    return evaluatePolicy(make, (observation, n) => greedy(weights, observation, n), { episodes, seed });
  };
}
