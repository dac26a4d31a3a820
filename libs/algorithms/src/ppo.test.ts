import { constantSchedule, Rng, tf } from '@rivulet/engine';
import { vectorize } from '@rivulet/envs';
import type { Distribution } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { patience } from '../test/toys.js';
import type { ObjectiveInputs } from './actorCritic.js';
import { falling } from './falling.js';
import { ppo, ppoObjective } from './ppo.js';
import { ppoConfig } from './ppoConfig.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Ratios 1.5 and 0.9. */
const inputs = (step = 0): ObjectiveInputs => ({
  batch: {
    observation: tf.zeros([2, 1]),
    action: tf.zeros([2], 'int32'),
    logProb: tf.tensor1d([Math.log(0.5), Math.log(0.25)]),
    advantage: tf.tensor1d([2, -1]),
    returns: tf.tensor1d([2, 1]),
    value: tf.tensor1d([0.2, 3.2]),
  },
  policy: { entropy: () => tf.tensor1d([0.5, 0.7]) } as unknown as Distribution,
  logProb: tf.tensor1d([Math.log(0.75), Math.log(0.225)]),
  value: tf.tensor1d([1, 3]),
  step: tf.scalar(step),
});

const metricsOf = (settings: Parameters<typeof ppoConfig.parse>[0], clip = constantSchedule(0.2), step = 0): { [name: string]: number } => {
  const { loss, metrics } = ppoObjective(ppoConfig.parse(settings), clip)(inputs(step));
  expect(loss.dataSync()[0]).toBe(metrics['loss'].dataSync()[0]);
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value.dataSync()[0]]));
};

describe('ppoObjective', () => {
  it('adds the clipped surrogate, the value loss and the entropy', () => {
    const seen = metricsOf({ normalizeAdvantage: false, valueCoefficient: 0.5, entropyCoefficient: 0.01 });
    // -(min(1.5·2, 1.2·2) + min(0.9·-1, 0.9·-1))/2; ((1 - 2)² + (3 - 1)²)/2; (0.5 + 0.7)/2
    expectClose([seen.policy, seen.value, seen.entropy], [-0.75, 2.5, 0.6]);
    expectClose([seen.loss], [-0.75 + 0.5 * 2.5 - 0.01 * 0.6]);
  });

  it('reports how far the policy moved: E[ρ - 1 - log ρ], and the share of ratios beyond the clip range', () => {
    const seen = metricsOf({});
    expectClose([seen.approximateKl, seen.clipFraction], [(0.5 - Math.log(1.5) - 0.1 - Math.log(0.9)) / 2, 0.5]);
  });

  it('standardises advantages over the minibatch, with n - 1', () => {
    // 2 and -1 become ±1.5/√4.5
    const a = 1.5 / Math.sqrt(4.5);
    expectClose([metricsOf({ normalizeAdvantage: true }).policy], [-(1.2 * a - 0.9 * a) / 2]);
  });

  it('clips the value around its old estimate, and takes the larger loss', () => {
    // 0.2 + clip(0.8, ±0.5) = 0.7: (0.7 - 2)² = 1.69 > 1; 3.2 - 0.2 = 3 is within.
    expectClose([metricsOf({ valueClipRange: 0.5 }).value], [(1.69 + 4) / 2]);
  });

  it('takes the clip range of its step', () => {
    const seen = metricsOf({ normalizeAdvantage: false }, falling(0.2, 'linear', 10), 7.5);
    // ε = 0.05: -(1.05·2 + min(-0.9, -0.95))/2
    expectClose([seen.policy, seen.clipFraction], [-(2.1 - 0.95) / 2, 1]);
  });
});

describe('ppo', () => {
  it('takes another objective in the place of its own', async () => {
    const steps: number[] = [];
    const algorithm = ppo(
      { numEnvs: 2, rolloutSteps: 3, minibatchSize: 3, epochs: 2, hidden: [4] },
      { objective: ({ value, step }) => (steps.push(step.dataSync()[0]), { loss: value.mean(), metrics: { mine: value.mean() } }) },
    );
    const { actor, learner } = algorithm.start(algorithm.adapt(vectorize(patience('discrete'), 2)), Rng.fromSeed(1), 100);
    const metrics = await learner.learn(await actor.collect(learner.weights));
    expect(Object.keys(metrics).sort()).toEqual(['explainedVariance', 'mine']);
    expect(steps).toEqual([0, 1, 2, 3]);
    actor.dispose();
    learner.dispose();
  });

  it('lets the learning rate fall to zero over the planned steps', async () => {
    const algorithm = ppo({ numEnvs: 2, rolloutSteps: 3, minibatchSize: 6, epochs: 1, hidden: [4], anneal: 'linear' });
    const { actor, learner } = algorithm.start(algorithm.adapt(vectorize(patience('discrete'), 2)), Rng.fromSeed(1), 12);
    const kernel = () => Array.from((learner.weights.policy as { layers: { kernel: tf.Tensor }[] }).layers[0].kernel.dataSync());
    const moved: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      const before = kernel();
      await learner.learn(await actor.collect(learner.weights));
      moved.push(before.some((x, k) => x !== kernel()[k]));
    }
    expect(moved).toEqual([true, true, false]);
    actor.dispose();
    learner.dispose();
  });

  it('refuses unknown settings and values out of range', () => {
    expect(() => ppo({ epoch: 3 } as never)).toThrow(/epoch/);
    expect(() => ppo({ discount: 1.5 })).toThrow(/discount/);
  });
});
