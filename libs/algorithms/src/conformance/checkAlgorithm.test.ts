import { tf } from '@rivulet/engine';
import { vectorize } from '@rivulet/envs';
import { beforeAll, describe, expect, it } from 'vitest';
import { members } from '../../test/members.js';
import { counter } from '../../test/toys.js';
import { a2c, type Algorithm, checkAlgorithm } from '../index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('every algorithm of this library conforms', () => {
  it.each(members)('$name', async ({ algorithm, env }) => {
    const failed = (await checkAlgorithm(algorithm, (n) => vectorize(env, n))).filter(({ passed }) => !passed);
    expect(failed).toEqual([]);
  });
});

describe('broken algorithms are found', () => {
  const sound = a2c({ hidden: [4], numEnvs: 2, rolloutSteps: 3 });
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
