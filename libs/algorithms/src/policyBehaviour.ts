import { restoreRng, type Rng, snapshotRng, type tf, type Tree } from '@rivulet/engine';
import type { Space } from '@rivulet/envs';
import type { Distribution } from '@rivulet/networks';
import type { Behaviour } from './behaviour.js';
import { rowFunction } from './rowFunction.js';
import { actionField, rowsArray } from './spaceFields.js';

/** Samples from a policy, and records the log-probability of what it took. */
export function policyBehaviour<W extends Tree>(options: {
  readonly policy: (weights: W, observation: tf.Tensor) => Distribution;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly rng: Rng;
  /** Act by a compiled graph; default true. */
  readonly compile?: boolean;
}): Behaviour<W> {
  let { rng } = options;
  const { observationSpace, compile = true } = options;
  const choose = (weights: W, observation: tf.Tensor, context: { readonly rng: Rng }) => {
    const distribution = options.policy(weights, observation);
    const { sample, logProb } = distribution.sampleWithLogProb(distribution.noise(context.rng));
    return { action: sample, logProb };
  };
  const act = rowFunction<W>(choose, { compile });
  return {
    fields: { action: actionField(options.actionSpace), logProb: { shape: [], dtype: 'float32' } },
    act: (weights, observation, step) => act(weights, rowsArray(observation, observationSpace), { rng, step }),
    snapshot: () => snapshotRng(rng),
    restore(snapshot) {
      rng = restoreRng(snapshot);
    },
  };
}
