import { fromTensor, type HostBatch, restoreRng, type Rng, snapshotRng, tf, type Tree } from '@rivulet/engine';
import type { Space } from '@rivulet/envs';
import type { Distribution } from '@rivulet/networks';
import type { Behaviour } from './behaviour.js';
import { actionField, observationTensor } from './spaceFields.js';

/** Samples from a policy, and records the log-probability of what it took. */
export function policyBehaviour<W extends Tree>(options: {
  readonly policy: (weights: W, observation: tf.Tensor) => Distribution;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly rng: Rng;
}): Behaviour<W> {
  let { rng } = options;
  return {
    fields: { action: actionField(options.actionSpace), logProb: { shape: [], dtype: 'float32' } },
    async act(weights, observation): Promise<HostBatch> {
      const { sample, logProb } = tf.tidy(() => {
        const distribution = options.policy(weights, observationTensor(observation, options.observationSpace));
        return distribution.sampleWithLogProb(distribution.noise(rng));
      });
      const batch = { action: await fromTensor(sample), logProb: await fromTensor(logProb) };
      tf.dispose([sample, logProb]);
      return batch;
    },
    snapshot: () => snapshotRng(rng),
    restore(snapshot) {
      rng = restoreRng(snapshot);
    },
  };
}
