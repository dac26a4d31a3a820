import { joinSnapshots, ndarray, type NdArray, restoreRng, type Rng, sizeOf, type Snapshot, snapshotPart, snapshotRng, tf, toTensor } from '@rivulet/engine';
import type { Module } from '@rivulet/networks';
import { gatherRows, hostBatch } from '@rivulet/replay';
import { gae } from '@rivulet/returns';
import { type Chunk, type ChunkLearner, nextTurn } from '@rivulet/streams';
import type { ActorCriticBatch, ActorCriticState } from './actorCritic.js';
import { explainedVariance } from './explainedVariance.js';
import { flatRows } from './flatRows.js';
import type { Learner } from './learner.js';
import { ObservationNormalizer } from './observationNormalizer.js';
import type { PolicyWeights } from './policyWeights.js';
import type { Rollout } from './rollout.js';
import { StateHolder } from './stateHolder.js';


/**
 * Digests rollouts the on-policy way: advantages by GAE, then so many epochs over shuffled minibatches. A rollout is used
 * once and forgotten. Its observations enter the normaliser afterwards, so that the policy which learns is the one that acted.
 */
export function onPolicyLearner(options: {
  readonly learner: Learner<ActorCriticState, ActorCriticBatch>;
  readonly value: Module;
  readonly discount: number;
  readonly lambda: number;
  readonly epochs: number;
  readonly minibatchSize: number;
  /** Numbers in an observation. */
  readonly observationSize: number;
  readonly normalizeObservation: boolean;
  readonly rng: Rng;
}): ChunkLearner<PolicyWeights, Rollout> {
  const { discount, lambda, epochs, minibatchSize } = options;
  const [initRng, stream] = options.rng.split(2);
  let rng = stream;
  const holder = new StateHolder(options.learner, initRng);
  const normalizer = new ObservationNormalizer(options.normalizeObservation, options.observationSize);

  /** V of every row [B, T]. */
  const evaluate = async (observation: NdArray): Promise<NdArray<'float32'>> => {
    const values = tf.tidy(() => options.value.apply(holder.state.parameters.value, normalizer.apply(flatRows(observation))));
    const data = (await values.data()) as Float32Array;
    values.dispose();
    return ndarray('float32', observation.shape.slice(0, 2), data);
  };

  const estimate = async (rollout: Rollout): Promise<{ readonly [K in keyof ActorCriticBatch]: NdArray }> => {
    const { observation, nextObservation, action, logProb, reward, terminated, truncated } = rollout;
    const value = await evaluate(observation);
    const nextValue = await evaluate(nextObservation);
    const { advantage, returns } = gae({ reward, value, nextValue, terminated, truncated }, { discount, lambda });
    return { observation, action, logProb, advantage, returns, value };
  };

  const minibatch = (fields: Rollout, rows: Int32Array): ActorCriticBatch => {
    const spec = Object.fromEntries(Object.entries(fields).map(([name, { dtype, shape }]) => [name, { dtype, shape: shape.slice(2) }]));
    const gathered = gatherRows(fields, rows, hostBatch(spec, [rows.length]));
    const { observation, ...rest } = Object.fromEntries(Object.entries(gathered).map(([name, array]) => [name, toTensor(array)])) as ActorCriticBatch;
    const flat = tf.tidy(() => normalizer.apply(observation.reshape([rows.length, sizeOf(observation.shape.slice(1))]).toFloat()));
    observation.dispose();
    return { ...rest, observation: flat };
  };

  return {
    get weights() {
      return { policy: holder.state.parameters.policy, normalizer: normalizer.weights };
    },
    get updates() {
      return holder.updates;
    },
    async learn(chunk: Chunk<Rollout>) {
      const fields = await estimate(chunk.data);
      const rows = chunk.steps;
      for (let epoch = 0; epoch < epochs; epoch++) {
        const order = rng.permutation(rows);
        for (let from = 0; from < rows; from += minibatchSize) {
          holder.update(minibatch(fields, order.subarray(from, Math.min(from + minibatchSize, rows))), rng);
        }
        await nextTurn();
      }
      tf.tidy(() => normalizer.observe(flatRows(chunk.data.observation)));
      return { ...(await holder.readMetrics()), explainedVariance: explainedVariance(fields.value.data, fields.returns.data) };
    },
    async snapshot(): Promise<Snapshot> {
      return joinSnapshots({ state: await holder.snapshot(), normalizer: await normalizer.snapshot(), rng: snapshotRng(rng) });
    },
    restore(snapshot) {
      holder.restore(snapshotPart(snapshot, 'state'));
      normalizer.restore(snapshotPart(snapshot, 'normalizer'));
      rng = restoreRng(snapshotPart(snapshot, 'rng'));
    },
    dispose() {
      holder.dispose();
      normalizer.dispose();
    },
  };
}
