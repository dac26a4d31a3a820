import { Rng, tf } from '@rivulet/engine';
import { box, discrete, multiDiscrete, vectorize } from '@rivulet/envs';
import type { Module } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { patience } from '../test/toys.js';
import { dqn, dqnLearner, type DqnState } from './dqn.js';
import { dqnConfig } from './dqnConfig.js';
import type { ReplayBatch } from './replayLearner.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Table = { readonly kernel: tf.Tensor };

/** Q of two states (one-hot) and two actions, as a table. */
const table: Module<tf.Tensor, tf.Tensor, Table> = {
  init: () => ({ kernel: tf.tensor2d([[1, 2], [3, 0]]) }),
  apply: ({ kernel }, observation) => tf.matMul(observation as tf.Tensor2D, kernel as tf.Tensor2D),
};
const states = { 0: [1, 0], 1: [0, 1] } as const;

/** (s0, a1) → s1, reward 1, γ 0.5; (s1, a0) → the end, reward 7. */
const batch = (): ReplayBatch => ({
  observation: tf.tensor2d([[...states[0]], [...states[1]]]),
  nextObservation: tf.tensor2d([[...states[1]], [...states[0]]]),
  action: tf.tensor1d([1, 0], 'int32'),
  reward: tf.tensor1d([1, 7]),
  terminated: tf.tensor1d([0, 1], 'int32'),
  discount: tf.tensor1d([0.5, 0]),
  weight: tf.tensor1d([1, 1]),
});

const context = (index = 0) => ({ rng: Rng.fromSeed(0), index });

const step = (settings: Parameters<typeof dqnConfig.parse>[0], data: Partial<ReplayBatch> = {}) => {
  const learner = dqnLearner(dqnConfig.parse(settings), table as Module);
  const state: DqnState = { ...learner.init(Rng.fromSeed(0)), target: { kernel: tf.tensor2d([[5, 1], [10, 20]]) } };
  return learner.update(state, { ...batch(), ...data }, context());
};

describe('dqnLearner', () => {
  // Q(s0, a1) = 2, Q(s1, a0) = 3. Plain target 1 + 0.5·max(10, 20) = 11; the online table prefers a0 in s1, which the target table values at 10: double 6.
  it('regresses on the plain target, and on the double one', () => {
    const plain = step({ double: false });
    expectClose(plain.priority as tf.Tensor, [9, 4]);
    expectClose([plain.metrics['q'].dataSync()[0], plain.metrics['loss'].dataSync()[0]], [2.5, (8.5 + 3.5) / 2]);
    expectClose(step({ double: true }).priority as tf.Tensor, [4, 4]);
  });

  it('takes Huber or squared distance, and importance weights', () => {
    expectClose(step({ double: false, loss: 'mse' }).metrics['loss'], [(81 + 16) / 2]);
    const weighted = step({ double: false }, { weight: tf.tensor1d([0.5, 1]) });
    expectClose(weighted.metrics['loss'], [(0.5 * 8.5 + 3.5) / 2]);
    // Priorities are |TD error|, whatever the weight.
    expectClose(weighted.priority as tf.Tensor, [9, 4]);
  });

  it('bootstraps with the discount of each row, and not where the task ended', () => {
    expectClose(step({ double: false }, { discount: tf.tensor1d([0.25, 0.9]) }).priority as tf.Tensor, [1 + 0.25 * 20 - 2, 4]);
  });

  it('moves the values of the actions that were taken, and no others', () => {
    const { state } = step({ double: false, learningRate: 0.1 });
    // The first step of Adam is the learning rate, towards the targets 11 and 7.
    expectClose((state.online as Table).kernel, [1, 2.1, 3.1, 0], 1e-4);
  });

  it('copies the target network every targetEvery updates, exactly', () => {
    const learner = dqnLearner(dqnConfig.parse({ targetEvery: 3, learningRate: 0.1 }), table as Module);
    let state = learner.init(Rng.fromSeed(0));
    for (let index = 0; index < 7; index++) {
      const before = Array.from((state.target as Table).kernel.dataSync());
      state = learner.update(state, batch(), context(index)).state;
      const [online, target] = [(state.online as Table).kernel, (state.target as Table).kernel].map((x) => Array.from(x.dataSync()));
      expect(online).not.toEqual(before);
      expect(target).toEqual(index % 3 === 2 ? online : before);
    }
  });

  it('or moves it softly, by τ', () => {
    const { state } = step({ targetEvery: 1, tau: 0.25, learningRate: 0.1 });
    const online = Array.from((state.online as Table).kernel.dataSync());
    expectClose((state.target as Table).kernel, [5, 1, 10, 20].map((old, i) => 0.25 * online[i] + 0.75 * old));
  });
});

describe('dqn', () => {
  it('has a head of value and advantages when dueling: greedy actions are those of the advantages', async () => {
    const algorithm = dqn({ dueling: true, hidden: [4] });
    const env = algorithm.adapt(vectorize(patience('discrete'), 1));
    const { actor, learner } = algorithm.start(env, Rng.fromSeed(3), 100);
    const layers = (learner.weights.policy as { layers: { kernel: tf.Tensor2D; bias: tf.Tensor }[] }).layers;
    expect(layers.map(({ kernel }) => kernel.shape)).toEqual([[3, 4], [4, 3]]);
    const observation = Float32Array.of(1, 0, 0);
    const output = tf.relu(tf.tensor2d(observation, [1, 3]).matMul(layers[0].kernel).add(layers[0].bias)).matMul(layers[1].kernel as tf.Tensor2D).dataSync();
    const greedy = algorithm.greedy({ observation: env.observationSpace, action: env.actionSpace });
    expect(Array.from(await greedy(learner.weights, observation, 1))).toEqual([output[2] > output[1] ? 1 : 0]);
    actor.dispose();
    learner.dispose();
  });

  it('explores by ε, which falls over a share of the run', async () => {
    const algorithm = dqn({ hidden: [4], learningStarts: 0, trainFrequency: 400, explorationInitial: 1, explorationFinal: 0, explorationFraction: 0.5, gradientSteps: 1, bufferSize: 10 });
    const { actor, learner } = algorithm.start(algorithm.adapt(vectorize(patience('discrete'), 1)), Rng.fromSeed(3), 1600);
    const shares: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { action, observation } = (await actor.collect(learner.weights)).data;
      const greedy = (await algorithm.greedy({ observation: box({ low: 0, high: 1, shape: [3] }), action: discrete(2) })(learner.weights, observation.data as Float32Array, 400)) as Int32Array;
      shares.push(greedy.filter((a, k) => a !== action.data[k]).length / 400);
    }
    // Half of the random actions are the greedy one: ε/2 of them differ, with ε = 1 → 0.5, 0.5 → 0, 0.
    expect(Math.abs(shares[0] - 0.375)).toBeLessThan(0.08);
    expect(Math.abs(shares[1] - 0.125)).toBeLessThan(0.08);
    expect(shares[2]).toBe(0);
    actor.dispose();
    learner.dispose();
  });

  it('refuses other actions, naming who takes them', () => {
    const start = (action: ReturnType<typeof box> | ReturnType<typeof multiDiscrete>) => () => dqn().greedy({ observation: box({ low: 0, high: 1 }), action });
    expect(start(box({ low: -1, high: 1 }))).toThrow('dqn: needs a discrete action space, but this one is box: use sac, td3, ppo or a2c');
    expect(start(multiDiscrete([2, 2]))).toThrow('this one is multiDiscrete: use ppo or a2c');
  });
});
