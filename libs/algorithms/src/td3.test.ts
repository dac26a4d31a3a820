import { Rng, tf, type Tree, treeTensors } from '@rivulet/engine';
import { box, discrete } from '@rivulet/envs';
import type { Deterministic, Module, ObservationAction } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { replayBatch } from '../test/batches.js';
import { expectClose } from '../test/expectClose.js';
import type { ReplayBatch } from './replayLearner.js';
import { td3, td3Learner, td3Networks, type Td3State } from './td3.js';
import { td3Config } from './td3Config.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (tree: Tree) => treeTensors(tree).map((x) => Array.from(x.dataSync()));
const context = (index = 0) => ({ rng: Rng.fromSeed(7).foldIn(index), index });
const spaces = { observation: box({ low: -1, high: 1, shape: [3] }), action: box({ low: -1, high: 1, shape: [2] }) };

/** An actor whose one parameter is the action, and critics Q₁ = p₁·a + 2, Q₂ = p₂·a + 1; it notes the actions that the critics see. */
const toy = (slopes: readonly [number, number], action: number) => {
  const seen: number[][] = [];
  const actor = {
    init: () => ({ action: tf.scalar(action) }),
    apply: (parameters: { readonly action: tf.Tensor }, observation: tf.Tensor) => ({ value: tf.zeros([observation.shape[0], 1]).add(parameters.action) }),
  } as unknown as Module<tf.Tensor, Deterministic>;
  const critics = {
    init: () => ({ p: tf.tensor1d([...slopes]) }),
    apply: ({ p }: { readonly p: tf.Tensor }, input: ObservationAction) => {
      seen.push(Array.from(input.action.dataSync()));
      return p.expandDims(1).mul(input.action.reshape([1, -1])).add(tf.tensor2d([[2], [1]]));
    },
  } as unknown as Module<ObservationAction>;
  return { networks: { actor, critics, actionSize: 1 }, seen };
};
const toyBatch = (rows = 2): ReplayBatch => ({
  observation: tf.zeros([rows, 1]),
  nextObservation: tf.zeros([rows, 1]),
  action: tf.fill([rows, 1], 0.5),
  reward: tf.ones([rows]),
  terminated: tf.tensor1d(Int32Array.from({ length: rows }, (_, i) => i % 2), 'int32'),
  discount: tf.tensor1d(Array.from({ length: rows }, (_, i) => (i % 2 ? 0 : 0.9))),
  weight: tf.ones([rows]),
});

describe('td3Learner', () => {
  it('regresses both critics on r + γ min Q_target(s2, a2)', () => {
    const learner = td3Learner(td3Config.parse({ targetNoise: 0 }), toy([1, 4], 0.25).networks);
    const { metrics, priority } = learner.update(learner.init(Rng.fromSeed(0)), toyBatch(), context());
    // Targets at a = 0.25: min(2.25, 2) = 2: y = 1 + 0.9·2 = 2.8, and 1 at the end. Q at a = 0.5: 2.5 and 3.
    expectClose(metrics['criticLoss'], [(0.3 ** 2 + 0.2 ** 2 + 1.5 ** 2 + 2 ** 2) / 2]);
    expectClose(metrics['q'], [2.75]);
    expectClose(priority as tf.Tensor, [0.05, 1.75]);
  });

  it.each([
    [0.2, -0.3, 0.7],
    [0.9, 0.4, 1],
    [-0.9, -1, -0.4],
  ])('smooths the target action %d within the clipped noise and the action range', (action, low, high) => {
    const { networks, seen } = toy([1, 1], action);
    const learner = td3Learner(td3Config.parse({ targetNoise: 5, targetNoiseClip: 0.5 }), networks);
    learner.update(learner.init(Rng.fromSeed(0)), toyBatch(60), context());
    const [target] = seen;
    expectClose([Math.min(...target), Math.max(...target)], [low, high], 1e-6);
    expect(new Set(target).size).toBeGreaterThan(2);
  });

  it('updates actor and targets every policyDelay-th time, the critics always', () => {
    const config = td3Config.parse({ hidden: [4], policyDelay: 3, tau: 0.1, learningRate: 0.01 });
    const learner = td3Learner(config, td3Networks(config, spaces));
    let state: Td3State = learner.init(Rng.fromSeed(0));
    expect(numbers(state.targets)).toEqual(numbers({ actor: state.actor, critics: state.critics }));
    for (let index = 0; index < 6; index++) {
      const old = state;
      const updated = learner.update(state, replayBatch(Rng.fromSeed(index), { discrete: false }), context(index));
      ({ state } = updated);
      expect(numbers(state.critics)).not.toEqual(numbers(old.critics));
      const due = index % 3 === 2;
      expect('actorLoss' in updated.metrics).toBe(due);
      for (const part of ['actor', 'targets'] as const) {
        if (due) expect(numbers(state[part])).not.toEqual(numbers(old[part]));
        else expect(numbers(state[part])).toEqual(numbers(old[part]));
      }
      if (!due) continue;
      for (const part of ['actor', 'critics'] as const) {
        const [before, now] = [numbers(old.targets[part]), numbers(state[part])];
        treeTensors(state.targets[part]).forEach((target, k) => expectClose(target, now[k].map((x, i) => 0.1 * x + 0.9 * before[k][i])));
      }
    }
  });

  it('leads the actor by the first critic alone', () => {
    // Both the minimum and the mean of the critics fall with the action; the first one rises.
    const learner = td3Learner(td3Config.parse({ policyDelay: 1, learningRate: 0.01 }), toy([1, -5], 0.25).networks);
    const { state, metrics } = learner.update(learner.init(Rng.fromSeed(0)), toyBatch(), context());
    const [first] = (state.critics as { p: tf.Tensor }).p.dataSync();
    expectClose((state.actor as { action: tf.Tensor }).action, [0.26], 1e-4);
    expectClose(metrics['actorLoss'], [-(first * 0.25 + 2)]);
  });
});

describe('td3', () => {
  it('refuses actions that are not continuous', () => {
    expect(() => td3().greedy({ observation: spaces.observation, action: discrete(2) })).toThrow('td3: needs a continuous (box) action space, but this one is discrete');
  });
});
