import { tf } from '@rivulet/engine';
import { vectorize } from '@rivulet/envs';
import { beforeAll, describe, expect, it } from 'vitest';
import { counter, identity, patience } from '../../test/toys.js';
import { a2c, type Algorithm, checkAlgorithm, dqn, ppo, sac, td3 } from '../index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const small = { hidden: [4] };
const offPolicy = { ...small, bufferSize: 64, batchSize: 4, learningStarts: 8, trainFrequency: 6, gradientSteps: 2 };

describe('every algorithm of this library conforms', () => {
  const members: [string, Algorithm, Parameters<typeof vectorize>[0]][] = [
    ['ppo, discrete', ppo({ ...small, numEnvs: 2, rolloutSteps: 6, minibatchSize: 5, epochs: 2 }), patience('discrete')],
    ['ppo, continuous, normalised', ppo({ ...small, numEnvs: 3, rolloutSteps: 4, minibatchSize: 6, epochs: 1, normalizeObservation: true, normalizeReward: true, annealClipRange: 'linear', valueClipRange: 0.2 }), identity('continuous')],
    ['a2c, multi-discrete', a2c({ ...small, numEnvs: 1, anneal: 'linear', entropyCoefficient: 0.01 }), identity('multiDiscrete')],
    ['dqn', dqn({ ...offPolicy }), patience('discrete')],
    ['dqn with everything', dqn({ ...offPolicy, numEnvs: 3, prioritized: true, nStep: 3, dueling: true, double: true, normalizeObservation: true, targetEvery: 2 }), patience('discrete')],
    ['sac', sac({ ...offPolicy, numEnvs: 2 }), identity('continuous')],
    ['sac, OU noise, fixed temperature', sac({ ...offPolicy, exploration: 'ou', temperature: 0.1, normalizeObservation: true }), patience('continuous')],
    ['td3', td3({ ...offPolicy }), patience('continuous')],
    ['td3, OU noise', td3({ ...offPolicy, numEnvs: 3, exploration: 'ou', policyDelay: 3 }), identity('continuous')],
  ];

  it.each(members)('%s', async (_, algorithm, env) => {
    const failed = (await checkAlgorithm(algorithm, (n) => vectorize(env, n), { chunks: 4 })).filter(({ passed }) => !passed);
    expect(failed).toEqual([]);
  });
});

describe('broken algorithms are found', () => {
  const sound = a2c({ ...small, numEnvs: 2, rolloutSteps: 3 });
  const env = counter({ lengths: [2, 3], terminates: [true, false] });
  type Parts = ReturnType<Algorithm['start']>;
  const failing = async (change: (parts: Parts) => Partial<Parts>, algorithm: Partial<Algorithm> = {}) => {
    const broken: Algorithm = {
      ...sound,
      start(...args) {
        const parts = sound.start(...args);
        return { ...parts, ...change(parts) };
      },
      ...algorithm,
    };
    return (await checkAlgorithm(broken, (n) => vectorize(env, n), { chunks: 2 })).filter(({ passed }) => !passed).map(({ name }) => name);
  };

  it('a sound one passes', async () => {
    expect(await failing(() => ({}))).toEqual([]);
  });

  it('one that never learns', async () => {
    expect(await failing(({ learner }) => ({ learner: inherit(learner, { learn: () => Promise.resolve({}) }) }))).toEqual(['it collects and learns']);
  });

  it('one that remembers across runs', async () => {
    let runs = 0;
    const seeds: Partial<Algorithm> = { start: (adapted, rng, steps) => sound.start(adapted, rng.foldIn(runs++), steps) };
    expect(await failing(() => ({}), seeds)).toEqual(expect.arrayContaining(['same seed, same run']));
  });

  it('one whose metrics are not numbers', async () => {
    expect(await failing(({ learner }) => ({ learner: inherit(learner, { learn: async (chunk) => ({ ...(await learner.learn(chunk)), loss: NaN }) }) }))).toEqual(['weights and metrics are finite']);
  });

  it('one that stores too little', async () => {
    const forgets = ({ actor }: Parts): Partial<Parts> => ({ actor: { ...actor, restore: () => undefined } });
    expect(await failing(forgets)).toEqual(['a stored run continues exactly']);
  });

  it('one whose snapshot is not a copy', async () => {
    const live = new Float32Array(1);
    const aliases = ({ actor }: Parts): Partial<Parts> => ({
      actor: {
        ...actor,
        collect: (weights) => (live[0]++, actor.collect(weights)),
        snapshot: async () => {
          const { arrays, data } = await actor.snapshot();
          return { arrays: { ...arrays, live: { dtype: 'float32', shape: [1], data: live } }, data };
        },
      },
    });
    expect(await failing(aliases)).toContain('a stored run continues exactly');
  });

  it('one that draws when it is stored', async () => {
    const draws = ({ actor }: Parts): Partial<Parts> => {
      let stored = 0;
      return { actor: { ...actor, snapshot: async () => { const { arrays, data } = await actor.snapshot(); return { arrays, data: { ...data, stored: stored++ } }; } } };
    };
    expect(await failing(draws)).toContain('storing changes nothing');
  });

  it('one that leaks, and one that leaves the environment open', async () => {
    expect(await failing(({ learner }) => ({ learner: inherit(learner, { learn: (chunk) => (tf.keep(tf.scalar(1)), learner.learn(chunk)) }) }))).toEqual(['no tensor is left over']);
    expect(await failing(({ actor }) => ({ actor: { ...actor, dispose: () => undefined } }))).toEqual(['the environment is closed at the end']);
  });

  it('a greedy policy outside the space', async () => {
    expect(await failing(() => ({}), { greedy: () => (_weights, _observation, n) => Promise.resolve(new Int32Array(n).fill(2)) })).toEqual(['greedy actions fit the space, and repeat']);
  });

  /** A learner with another way of learning; its getters stay alive. */
  function inherit(learner: Parts['learner'], { learn }: Pick<Parts['learner'], 'learn'>): Parts['learner'] {
    return {
      get weights() {
        return learner.weights;
      },
      get updates() {
        return learner.updates;
      },
      learn,
      snapshot: () => learner.snapshot(),
      restore: (snapshot) => learner.restore(snapshot),
      dispose: () => learner.dispose(),
    };
  }
});
