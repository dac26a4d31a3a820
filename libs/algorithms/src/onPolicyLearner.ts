import { joinSnapshots, ndarray, type NdArray, restoreRng, type Rng, type Snapshot, snapshotPart, snapshotRng, tf, type Tree } from '@rivulet/engine';
import type { Module } from '@rivulet/networks';
import { gae } from '@rivulet/returns';
import type { Chunk, ChunkLearner } from '@rivulet/streams';
import type { ActorCriticBatch, ActorCriticState } from './actorCritic.js';
import { explainedVariance } from './explainedVariance.js';
import { flatRows } from './flatRows.js';
import type { Learner } from './learner.js';
import { type NormalizerWeights, normalizeWith, ObservationNormalizer } from './observationNormalizer.js';
import type { PolicyWeights } from './policyWeights.js';
import type { Rollout } from './rollout.js';
import { rowFunction } from './rowFunction.js';
import { type RowTensors, stateHolder } from './stateHolder.js';

/** What values are made from. */
type ValueWeights = { readonly value: Tree; readonly normalizer: NormalizerWeights };

/** The learner's fields for a whole rollout, [B, T, ...]. */
type Estimated = { readonly [K in keyof ActorCriticBatch]: NdArray };

const policyParameters = ({ parameters }: ActorCriticState): Tree => parameters.policy;
const valueParameters = ({ parameters }: ActorCriticState): Tree => parameters.value;

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
  /** Learn by compiled graphs, all epochs as one loop; default true. */
  readonly compile?: boolean;
}): ChunkLearner<PolicyWeights, Rollout> {
  const { discount, lambda, epochs, minibatchSize, compile = true } = options;
  const [initRng, shuffleRng, learnRng] = options.rng.split(3);
  let [shuffling, learning] = [shuffleRng, learnRng];
  const holder = stateHolder({ learner: options.learner, batch: minibatch, rng: initRng, prioritized: false, compile });
  const normalizer = new ObservationNormalizer(options.normalizeObservation, options.observationSize);
  const valueOf = rowFunction<ValueWeights>(({ value, normalizer: moments }, observation) => ({ value: options.value.apply(value, normalizeWith(moments, observation)) }), { compile });

  /** V of every row [B, T]. */
  const evaluate = async (weights: ValueWeights, observation: NdArray): Promise<NdArray<'float32'>> => {
    const { value } = await valueOf(weights, flattened(observation));
    return ndarray('float32', observation.shape.slice(0, 2), value.data as Float32Array);
  };

  const estimate = async (rollout: Rollout): Promise<Estimated> => {
    const { observation, nextObservation, action, logProb, reward, terminated, truncated } = rollout;
    const weights = { value: holder.weights(valueParameters), normalizer: normalizer.weights };
    const value = await evaluate(weights, observation);
    const nextValue = await evaluate(weights, nextObservation);
    const { advantage, returns } = gae({ reward, value, nextValue, terminated, truncated }, { discount, lambda });
    return { observation, action, logProb, advantage, returns, value };
  };

  /** Every epoch in another order. Minibatches of one size are one phase: all of them, or those of an epoch where its last one is smaller. */
  const update = async (fields: Estimated, rows: number): Promise<void> => {
    const shared = { fields: Object.fromEntries(Object.entries(fields).map(([name, array]) => [name, flattened(array)])), normalizer: normalizer.weights };
    const run = (order: Int32Array, size: number) => holder.run({ rows: ndarray('int32', [order.length / size, size], order) }, shared, learning);
    const orders = Array.from({ length: epochs }, () => shuffling.permutation(rows));
    const rest = rows % minibatchSize;
    if (rest === 0) {
      const all = new Int32Array(epochs * rows);
      orders.forEach((order, epoch) => all.set(order, epoch * rows));
      await run(all, minibatchSize);
      return;
    }
    for (const order of orders) {
      if (rows > rest) await run(order.subarray(0, rows - rest), minibatchSize);
      await run(order.subarray(rows - rest), rest);
    }
  };

  return {
    get weights() {
      return { policy: holder.weights(policyParameters), normalizer: normalizer.weights };
    },
    get updates() {
      return holder.updates;
    },
    async learn(chunk: Chunk<Rollout>) {
      const fields = await estimate(chunk.data);
      await update(fields, chunk.steps);
      tf.tidy(() => normalizer.observe(flatRows(chunk.data.observation)));
      return { ...holder.readMetrics(), explainedVariance: explainedVariance(fields.value.data, fields.returns.data) };
    },
    async snapshot(): Promise<Snapshot> {
      return joinSnapshots({ state: await holder.snapshot(), normalizer: await normalizer.snapshot(), shuffling: snapshotRng(shuffling), learning: snapshotRng(learning) });
    },
    restore(snapshot) {
      holder.restore(snapshotPart(snapshot, 'state'));
      normalizer.restore(snapshotPart(snapshot, 'normalizer'));
      shuffling = restoreRng(snapshotPart(snapshot, 'shuffling'));
      learning = restoreRng(snapshotPart(snapshot, 'learning'));
    },
    dispose() {
      holder.dispose();
      normalizer.dispose();
    },
  };
}

/** [B, T, ...] as [B·T, ...]. */
function flattened(array: NdArray): NdArray {
  const [batch, steps, ...rest] = array.shape;
  return { ...array, shape: [batch * steps, ...rest] };
}

/** The minibatch of the given row numbers [M]; observations as float32 [M, D], normalised. */
function minibatch({ rows }: RowTensors, shared: Tree): ActorCriticBatch {
  const { fields, normalizer } = shared as { readonly fields: ActorCriticBatch; readonly normalizer: NormalizerWeights };
  const picked = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, tf.gather(field, rows as tf.Tensor1D)])) as ActorCriticBatch;
  return { ...picked, observation: normalizeWith(normalizer, picked.observation.reshape([rows.shape[0], -1]).toFloat()) };
}
