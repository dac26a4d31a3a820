import { Rng, tf } from '@rivulet/engine';
import { type EnvDefinition, type Rows, vectorize } from '@rivulet/envs';
import { beforeAll, describe, expect, it } from 'vitest';
import { identity, patience } from '../test/toys.js';
import { a2c } from './a2c.js';
import type { Algorithm, GreedyPolicy } from './algorithm.js';
import { dqn } from './dqn.js';
import { ppo } from './ppo.js';
import { sac } from './sac.js';
import { td3 } from './td3.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Trains for so many environment steps and returns the greedy policy over rows of observations as the algorithm sees them. */
async function learned(algorithm: Algorithm, definition: EnvDefinition, steps: number, seed = 1): Promise<(observation: Rows, n: number) => Promise<number[]>> {
  const env = algorithm.adapt(vectorize(definition, algorithm.numEnvs));
  const greedy: GreedyPolicy = algorithm.greedy({ observation: env.observationSpace, action: env.actionSpace });
  const { actor, learner } = algorithm.start(env, Rng.fromSeed(seed), steps);
  for (let taken = 0; taken < steps; ) {
    const chunk = await actor.collect(learner.weights);
    taken += chunk.steps;
    await learner.learn(chunk);
  }
  return async (observation, n) => Array.from(await greedy(learner.weights, observation, n));
}

const fast = { hidden: [16], learningRate: 0.01 };
const onPolicy = { ...fast, numEnvs: 8, anneal: 'none' } as const;
const ppoSettings = { ...onPolicy, rolloutSteps: 16, minibatchSize: 64, epochs: 4 };
const a2cSettings = { ...onPolicy, rolloutSteps: 8, learningRate: 0.02 };
const offPolicy = { ...fast, numEnvs: 4, batchSize: 32, bufferSize: 2_000, learningStarts: 100, trainFrequency: 16, gradientSteps: 8 };

const solvers = {
  discrete: [
    ['ppo', ppo(ppoSettings), 2_000],
    ['a2c', a2c(a2cSettings), 3_000],
    ['dqn', dqn({ ...offPolicy, targetEvery: 8 }), 1_000],
    ['dqn with prioritised replay, dueling, 3-step returns', dqn({ ...offPolicy, targetEvery: 8, prioritized: true, dueling: true, nStep: 3 }), 1_000],
  ],
  multiDiscrete: [
    ['ppo', ppo(ppoSettings), 3_000],
    ['a2c', a2c({ ...a2cSettings, learningRate: 0.01 }), 10_000],
  ],
  continuous: [
    ['ppo', ppo({ ...ppoSettings, entropyCoefficient: 0 }), 5_000],
    ['a2c', a2c({ ...a2cSettings, learningRate: 0.01, normalizeAdvantage: true }), 8_000],
    ['sac', sac({ ...offPolicy, tau: 0.05, discount: 0.9 }), 1_000],
    ['td3', td3({ ...offPolicy, tau: 0.05, discount: 0.9, learningRate: 0.005, explorationNoise: 0.5, learningStarts: 500 }), 1_500],
  ],
} as const;

describe('say what you see', () => {
  it.each(solvers.discrete)('%s', async (_, algorithm, steps) => {
    const act = await learned(algorithm, identity('discrete'), steps);
    expect(await act(Float32Array.of(1, 0, 0, 1), 2)).toEqual([0, 1]);
  });

  it.each(solvers.multiDiscrete)('%s, two choices', async (_, algorithm, steps) => {
    const act = await learned(algorithm, identity('multiDiscrete'), steps);
    const wanted = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]];
    const seen = wanted.flatMap(([i, j]) => [...[0, 1].map((k) => Number(k === i)), ...[0, 1, 2].map((k) => Number(k === j))]);
    expect(await act(Float32Array.from(seen), 6)).toEqual(wanted.flat());
  });

  it.each(solvers.continuous)('%s, a number', async (name, algorithm, steps) => {
    const act = await learned(algorithm, identity('continuous'), steps);
    const seen = [-0.8, -0.4, 0, 0.4, 0.8];
    // On-policy algorithms act in the environment's units, where 2x is right; the others in [-1, 1], which stands for [-2, 2].
    const scale = name === 'ppo' || name === 'a2c' ? 2 : 1;
    const actions = await act(Float32Array.from(seen), 5);
    const loss = actions.reduce((sum, a, i) => sum + (2 * (a / scale - seen[i])) ** 2, 0) / 5;
    expect(loss).toBeLessThan(0.05);
  });
});

describe('patience', () => {
  const places = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

  it.each(solvers.discrete)('%s', async (_, algorithm, steps) => {
    const act = await learned(algorithm, patience('discrete'), 1.5 * steps);
    expect(await act(places, 3)).toEqual([1, 1, 1]);
  });

  it.each(solvers.continuous)('%s, by sign', async (_, algorithm, steps) => {
    const act = await learned(algorithm, patience('continuous'), steps);
    expect((await act(places, 3)).map(Math.sign)).toEqual([1, 1, 1]);
  });

  it('leaves at once without foresight', async () => {
    const act = await learned(dqn({ ...offPolicy, targetEvery: 8, discount: 0 }), patience('discrete'), 1_000);
    expect((await act(places, 3)).slice(0, 2)).toEqual([0, 0]);
  });
});
