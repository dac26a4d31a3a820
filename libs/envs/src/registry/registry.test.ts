import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { allocateRows, builtInEnvs, cartPole, envIds, envSpec, makeDefinition, makeEnv, makeVectorEnv, registerEnv, toEnv, vectorize, writeRow, type BatchSpace } from '../index.js';

describe('registry', () => {
  it('knows the limits and thresholds of Gymnasium', () => {
    const specs = ['CartPole-v1', 'Pendulum-v1', 'Acrobot-v1', 'MountainCar-v0', 'MountainCarContinuous-v0', 'FrozenLake-v1', 'FrozenLake8x8-v1', 'CliffWalking-v1', 'Taxi-v4'].map(envSpec);
    expect(specs.map((spec) => [spec.maxEpisodeSteps, spec.rewardThreshold])).toEqual([
      [500, 475],
      [200, undefined],
      [500, -100],
      [200, -110],
      [999, 90],
      [100, 0.7],
      [200, 0.85],
      [undefined, undefined],
      [200, 8],
    ]);
  });

  it('makes every id, under that id', () => {
    for (const id of envIds()) {
      const env = makeVectorEnv(id, 2, { seed: 1 });
      expect(env.id).toBe(id);
      expect(env.reset().length % 2).toBe(0);
      const single = makeEnv(id);
      expect(single.observationSpace.contains(single.reset({ seed: 1 }).observation)).toBe(true);
    }
  });

  it.each(Object.keys(builtInEnvs))('%s: a batch equals its copies one by one', (id) => {
    const n = 4;
    const make = () => builtInEnvs[id]();
    const batch = vectorize(make, n, { seed: 6, maxEpisodeSteps: 15 });
    const loop = Rng.fromSeed(6).split(n).map((rng) => vectorize(make, 1, { rngs: [rng], maxEpisodeSteps: 15 }));
    expect([...batch.reset()]).toEqual(loop.flatMap((env) => [...env.reset()]));
    const rng = Rng.fromSeed(1);
    const space = batch.actionSpace as BatchSpace;
    for (let t = 0; t < 50; t++) {
      const actions = allocateRows(space, n);
      const width = actions.length / n;
      for (let i = 0; i < n; i++) writeRow(space, space.sample(rng) as never, actions, i);
      const step = batch.step(actions);
      const ones = loop.map((env, i) => env.step(actions.subarray(i * width, (i + 1) * width)));
      for (const key of ['observation', 'reward', 'terminated', 'truncated', 'finalObservation'] as const) {
        expect([...step[key]]).toEqual(ones.flatMap((one) => [...one[key]]));
      }
    }
  });

  it('names the nearest id', () => {
    expect(() => makeEnv('CartPol-v1')).toThrow("unknown environment 'CartPol-v1'; the nearest id is 'CartPole-v1'");
    expect(() => makeVectorEnv('mountaincar-v0', 1)).toThrow("'MountainCar-v0'");
    expect(() => envSpec('toString')).toThrow('unknown environment');
  });

  it('takes environments of others, once', () => {
    registerEnv({ id: 'Other-v0', env: () => toEnv(cartPole({ maxSteps: 7 })) as ReturnType<typeof makeEnv>, maxEpisodeSteps: 7 });
    expect(envIds()).toContain('Other-v0');
    expect(envSpec('Other-v0')).toEqual({ id: 'Other-v0', maxEpisodeSteps: 7, rewardThreshold: undefined });
    expect(makeVectorEnv('Other-v0', 3).reset()).toHaveLength(12);
    expect(() => makeDefinition('Other-v0')).toThrow('without a definition');
    expect(() => registerEnv({ id: 'Other-v0', definition: () => cartPole() })).toThrow('taken');
    expect(() => registerEnv({ id: 'CartPole-v1', definition: () => cartPole() })).toThrow('taken');
  });
});
