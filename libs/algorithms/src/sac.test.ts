import { Rng, tf, type Tree, treeTensors } from '@rivulet/engine';
import { box, discrete } from '@rivulet/envs';
import type { Module, ObservationAction, Policy } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { replayBatch } from '../test/batches.js';
import { expectClose } from '../test/expectClose.js';
import type { ReplayBatch } from './replayLearner.js';
import { sac, sacLearner, sacNetworks } from './sac.js';
import { type SacConfig, sacConfig } from './sacConfig.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (tree: Tree) => treeTensors(tree).map((x) => Array.from(x.dataSync()));
const context = (index = 0) => ({ rng: Rng.fromSeed(7).foldIn(index), index });
const spaces = { observation: box({ low: -1, high: 1, shape: [3] }), action: box({ low: -1, high: 1, shape: [2] }) };

/** A policy that takes its one parameter as action and has log-probability -0.5, and critics Qₘ(s, a) = pₘ + a. */
const toyNetworks = {
  actor: {
    init: () => ({ action: tf.scalar(0.25) }),
    apply: ({ action }: { readonly action: tf.Tensor }, observation: tf.Tensor) => {
      const rows = observation.shape[0];
      return { sampleWithLogProb: () => ({ sample: tf.zeros([rows, 1]).add(action), logProb: tf.fill([rows], -0.5) }) };
    },
  } as unknown as Policy,
  critics: {
    init: () => ({ p: tf.tensor1d([4, 3]) }),
    apply: ({ p }: { readonly p: tf.Tensor }, { action }: ObservationAction) => p.expandDims(1).add(action.reshape([1, -1])),
  } as unknown as Module<ObservationAction>,
  actionSize: 1,
};
const toyBatch = (): ReplayBatch => ({
  observation: tf.zeros([2, 1]),
  nextObservation: tf.zeros([2, 1]),
  action: tf.tensor2d([[0.5], [-1]]),
  reward: tf.tensor1d([1, 2]),
  terminated: tf.tensor1d([0, 1], 'int32'),
  discount: tf.tensor1d([0.9, 0]),
  weight: tf.tensor1d([1, 1]),
});

describe('sacLearner', () => {
  it('regresses both critics on r + γ (min Q_target(s2, a2) - α log π(a2|s2))', () => {
    const learner = sacLearner(sacConfig.parse({ temperature: 0.2 }), toyNetworks);
    const { metrics, priority } = learner.update(learner.init(Rng.fromSeed(0)), toyBatch(), context());
    // The smaller target critic says 3 + 0.25: y = 1 + 0.9·(3.25 + 0.2·0.5) = 4.015, and 2 at the end. Q = 4.5, 3.5 and 3, 2.
    const [e1, e2, e3] = [4.5 - 4.015, 3.5 - 4.015, 1];
    expectClose(metrics['criticLoss'], [(e1 ** 2 + e2 ** 2 + e3 ** 2) / 2]);
    expectClose(metrics['q'], [(4.5 + 3.5 + 3 + 2) / 4]);
    expectClose(priority as tf.Tensor, [4.015 - 4, 0.5]);
    expectClose(metrics['entropy'], [0.5]);
  });

  it('leads the actor towards the smaller of the new critics', () => {
    const learner = sacLearner(sacConfig.parse({ temperature: 0.2, learningRate: 0.1 }), toyNetworks);
    const { state, metrics } = learner.update(learner.init(Rng.fromSeed(0)), toyBatch(), context());
    const [, second] = (state.critics as { p: tf.Tensor }).p.dataSync();
    // α log π - min Q; dQ/da = 1, so that Adam's first step raises the action by the learning rate.
    expectClose(metrics['actorLoss'], [0.2 * -0.5 - (second + 0.25)]);
    expectClose((state.actor as { action: tf.Tensor }).action, [0.35], 1e-4);
  });

  it('moves the target by τ towards the new critics', () => {
    const config = sacConfig.parse({ hidden: [4], tau: 0.1, learningRate: 0.1 });
    const learner = sacLearner(config, sacNetworks(config, spaces));
    const before = learner.init(Rng.fromSeed(0));
    const batch = replayBatch(Rng.fromSeed(1), { discrete: false });
    const { state } = learner.update(before, batch, context());
    expect(numbers(before.target)).toEqual(numbers(before.critics));
    expect(numbers(state.critics)).not.toEqual(numbers(before.critics));
    const [old, critics] = [numbers(before.target), numbers(state.critics)];
    treeTensors(state.target).forEach((target, k) => expectClose(target, critics[k].map((x, i) => 0.1 * x + 0.9 * old[k][i])));
  });

  describe('temperature', () => {
    const temperatures = (settings: Partial<SacConfig>, updates = 4) => {
      const config = sacConfig.parse({ hidden: [4], learningRate: 0.01, ...settings });
      const learner = sacLearner(config, sacNetworks(config, spaces));
      let state = learner.init(Rng.fromSeed(0));
      const seen: number[] = [];
      for (let i = 0; i < updates; i++) {
        const updated = learner.update(state, replayBatch(Rng.fromSeed(1), { discrete: false }), context(i));
        seen.push(updated.metrics['temperature'].dataSync()[0]);
        ({ state } = updated);
      }
      return { seen, state, last: Math.exp(state.logTemperature.dataSync()[0]) };
    };

    it('falls while the entropy is above its target, and rises while it is below', () => {
      const falls = temperatures({ targetEntropy: -100 });
      const rises = temperatures({ targetEntropy: 100 });
      // With a constant sign, each step of Adam moves log α by the learning rate.
      expectClose(falls.seen, [0, 1, 2, 3].map((k) => Math.exp(-0.01 * k)), 1e-4);
      expectClose(rises.seen, [0, 1, 2, 3].map((k) => Math.exp(0.01 * k)), 1e-4);
    });

    it("starts at 'initialTemperature'", () => {
      expectClose([temperatures({ initialTemperature: 0.3 }).seen[0]], [0.3]);
    });

    it("holds an entropy of -dim(A) when the target is 'auto'", () => {
      const auto = temperatures({});
      expect(auto.last).toBe(temperatures({ targetEntropy: -2 }).last);
      expect(auto.last).not.toBe(temperatures({ targetEntropy: -2.1 }).last);
    });

    it('stays where it is fixed, also at 0', () => {
      for (const temperature of [0.2, 0]) {
        const { seen, state } = temperatures({ temperature });
        expectClose(seen, [temperature, temperature, temperature, temperature], 1e-7);
        expect(numbers(state.optimizers.temperature).flat().every((x) => x === 0)).toBe(true);
      }
    });
  });

  it('starts with actions around zero of standard deviation 1 before the tanh', () => {
    const { actor } = sacNetworks(sacConfig.parse({ hidden: [8] }), spaces);
    const policy = actor.apply(actor.init(Rng.fromSeed(2)), tf.randomNormal([50, 3], 0, 1, 'float32', 3));
    const { base } = policy as unknown as { base: { mean: tf.Tensor; std: tf.Tensor } };
    expect(base.mean.abs().max().dataSync()[0]).toBeLessThan(0.2);
    expect(base.std.sub(1).abs().max().dataSync()[0]).toBeLessThan(0.2);
  });
});

describe('sac', () => {
  it('refuses actions that are not continuous, naming who takes them', () => {
    const greedy = (action: Parameters<ReturnType<typeof sac>['greedy']>[0]['action']) => () => sac().greedy({ observation: spaces.observation, action });
    expect(greedy(discrete(2))).toThrow('sac: needs a continuous (box) action space, but this one is discrete: use ppo, a2c or dqn');
  });
});

