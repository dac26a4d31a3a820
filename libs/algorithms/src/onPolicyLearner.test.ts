import { ndarray, Rng, tf, tensorCount } from '@rivulet/engine';
import type { Module } from '@rivulet/networks';
import { gae } from '@rivulet/returns';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import type { ActorCriticBatch, ActorCriticState } from './actorCritic.js';
import type { Learner } from './learner.js';
import { onPolicyLearner } from './onPolicyLearner.js';
import type { Rollout } from './rollout.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const COPIES = 2;
const STEPS = 4;
const floats = (values: readonly number[], width?: number) => ndarray('float32', width === undefined ? [COPIES, STEPS] : [COPIES, STEPS, width], Float32Array.from(values));
const flags = (values: readonly number[]) => ndarray('uint8', [COPIES, STEPS], Uint8Array.from(values));

/** The first number of an observation names its row; a termination in copy 0, a truncation in copy 1. */
const rollout = (): Rollout => ({
  observation: floats([0, 5, 1, 5, 2, 5, 3, 5, 4, 5, 5, 5, 6, 5, 7, 5], 2),
  nextObservation: floats([1, 5, 9, 5, 3, 5, 4, 5, 5, 5, 6, 5, 9, 5, 8, 5], 2),
  action: ndarray('int32', [COPIES, STEPS], Int32Array.from({ length: 8 }, (_, i) => i)),
  logProb: floats([0, -1, -2, -3, -4, -5, -6, -7]),
  reward: floats([1, 2, 3, 4, 5, 6, 7, 8]),
  terminated: flags([0, 1, 0, 0, 0, 0, 0, 0]),
  truncated: flags([0, 0, 0, 0, 0, 0, 1, 0]),
});

type Seen = { readonly [K in keyof ActorCriticBatch]: number[] };

/** A learner that only looks; V(s) = 10 · the first number of the observation, after normalisation. */
function setup(settings: { readonly epochs?: number; readonly minibatchSize?: number; readonly normalizeObservation?: boolean; readonly seed?: number } = {}) {
  const { epochs = 2, minibatchSize = 3, normalizeObservation = false, seed = 5 } = settings;
  const batches: Seen[] = [];
  const learner: Learner<ActorCriticState, ActorCriticBatch> = {
    init: () => ({ parameters: { policy: {}, value: { w: tf.scalar(10) } }, optimizer: {}, step: tf.scalar(0) }),
    update(state, batch) {
      batches.push(Object.fromEntries(Object.entries(batch).map(([name, tensor]) => [name, Array.from(tensor.dataSync())])) as unknown as Seen);
      return { state: { ...state, step: state.step.add(1) }, metrics: { rows: tf.scalar(batch.value.shape[0] as number) } };
    },
  };
  const value: Module = { init: () => ({}), apply: (parameters, x) => x.slice([0, 0], [-1, 1]).squeeze([1]).mul((parameters as { w: tf.Tensor }).w) };
  const chunkLearner = onPolicyLearner({ learner, value, discount: 0.9, lambda: 0.8, epochs, minibatchSize, observationSize: 2, normalizeObservation, rng: Rng.fromSeed(seed), compile: false });
  const learn = () => chunkLearner.learn({ data: rollout(), steps: COPIES * STEPS, episodes: [] });
  return { learner: chunkLearner, learn, batches };
}

describe('onPolicyLearner', () => {
  it('covers every row once an epoch, in another order each time', async () => {
    const { learn, batches, learner } = setup({ epochs: 3 });
    await learn();
    expect(batches.map(({ action }) => action.length)).toEqual([3, 3, 2, 3, 3, 2, 3, 3, 2]);
    const orders = [0, 3, 6].map((first) => batches.slice(first, first + 3).flatMap(({ action }) => action));
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(orders.map((order) => order.join())).size).toBe(3);
    expect(learner.updates).toBe(9);
  });

  it('keeps the fields of a row together', async () => {
    const { learn, batches } = setup();
    await learn();
    for (const { action, observation, logProb, value } of batches) {
      action.forEach((row, i) => {
        expect([observation[2 * i], observation[2 * i + 1], logProb[i] + 0, value[i]]).toEqual([row, 5, 0 - row, 10 * row]);
      });
    }
  });

  it('estimates advantages and returns by GAE, from the true next observations', async () => {
    const { learn, batches } = setup({ epochs: 1, minibatchSize: 8 });
    const { explainedVariance } = await learn();
    const [{ action, advantage, returns }] = batches;
    const { reward, terminated, truncated } = rollout();
    const value = floats([0, 10, 20, 30, 40, 50, 60, 70]);
    const nextValue = floats([10, 90, 30, 40, 50, 60, 90, 80]);
    const expected = gae({ reward, value, nextValue, terminated, truncated }, { discount: 0.9, lambda: 0.8 });
    expectClose(advantage, action.map((row) => expected.advantage.data[row]));
    expectClose(returns, action.map((row) => expected.returns.data[row]));
    // By hand: the terminated row has no future, 2 - 10; the truncated one has its own, 7 + 0.9·90 - 60; the last 8 + 0.9·80 - 70.
    expectClose([1, 6, 7].map((row) => advantage[action.indexOf(row)]), [-8, 28, 10]);
    const mean = (x: number[]) => x.reduce((a, b) => a + b) / x.length;
    const variance = (x: number[]) => mean(x.map((y) => (y - mean(x)) ** 2));
    expectClose([explainedVariance], [1 - variance(advantage) / variance(returns)]);
  });

  it('normalises from the next chunk on, by the moments of the chunks before', async () => {
    const { learn, batches, learner } = setup({ epochs: 1, minibatchSize: 8, normalizeObservation: true });
    const sd = Math.sqrt(5.25); // of 0 .. 7, whose mean is 3.5
    await learn();
    expectClose([...batches[0].observation].filter((_, i) => i % 2 === 0).sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7]);
    const { mean, variance } = learner.weights.normalizer as { mean: tf.Tensor; variance: tf.Tensor };
    expectClose(mean, [3.5, 5]);
    expectClose(variance, [5.25, 0]);
    await learn();
    const [, { action, observation, value }] = batches;
    expectClose(action.map((_, i) => observation[2 * i]), action.map((row) => (row - 3.5) / sd));
    expectClose(action.map((_, i) => observation[2 * i + 1]), action.map(() => 0));
    // The values that advantages are made from see the same.
    expectClose(value, action.map((row) => (10 * (row - 3.5)) / sd));
  });

  it('shuffles by its seed', async () => {
    const orders = [5, 5, 6].map((seed) => setup({ seed }));
    for (const { learn } of orders) await learn();
    const [first, second, third] = orders.map(({ batches }) => JSON.stringify(batches));
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('reports the mean over its updates, and frees everything', async () => {
    const before = tensorCount();
    const { learn, learner } = setup({ normalizeObservation: true });
    expectClose([(await learn()).rows], [8 / 3]);
    learner.dispose();
    expect(tensorCount()).toBe(before);
  });
});
