import { ndarray, Rng, tf } from '@rivulet/engine';
import { type Rows, vectorize, type VectorEnv } from '@rivulet/envs';
import { beforeAll, describe, expect, it } from 'vitest';
import { counter, type CounterOptions, identity } from '../test/toys.js';
import type { Behaviour } from './behaviour.js';
import { environmentActor } from './environmentActor.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Discrete actions from a stream, recorded with what it was given. */
function scripted(copies: number) {
  const rng = Rng.fromSeed(9);
  const given: { observation: number[]; step: number; ended: number[] }[] = [];
  const behaviour: Behaviour<Record<string, never>> = {
    fields: { action: { shape: [], dtype: 'int32' } },
    act(_, observation, step, ended) {
      given.push({ observation: Array.from(observation), step, ended: Array.from(ended) });
      return Promise.resolve({ action: ndarray('int32', [copies], Int32Array.from({ length: copies }, () => rng.nextInt(2))) });
    },
    snapshot: () => ({ arrays: {}, data: {} }),
    restore: () => undefined,
  };
  return { behaviour, given };
}

const actorOf = (env: VectorEnv, steps: number, rewardDiscount?: number) => {
  const { behaviour, given } = scripted(env.numEnvs);
  return { given, actor: environmentActor({ env, behaviour, steps, rewardDiscount, rng: Rng.fromSeed(3) }) };
};

describe('environmentActor', () => {
  it('returns what a hand-stepped environment returns, copy by copy', async () => {
    const make = () => vectorize(identity('discrete'), 3);
    const { actor, given } = actorOf(make(), 5);
    const env = make();
    const actions = Rng.fromSeed(9);
    let observation = Array.from(env.reset({ seed: Rng.fromSeed(3).nextUint32() }));
    let ended = [0, 0, 0];
    for (let chunk = 0; chunk < 2; chunk++) {
      const { data, steps, episodes } = await actor.collect({});
      expect(steps).toBe(15);
      // Episodes have 4 steps: one end a copy in the first chunk (step 4) and in the second (step 8).
      expect(episodes.length).toBe(3);
      for (let t = 0; t < 5; t++) {
        expect(given[5 * chunk + t]).toEqual({ observation, step: 3 * (5 * chunk + t), ended });
        const action = Int32Array.from({ length: 3 }, () => actions.nextInt(2));
        const step = env.step(action);
        for (let copy = 0; copy < 3; copy++) {
          const at = (name: string) => data[name].data[copy * 5 + t];
          const over = step.terminated[copy] + step.truncated[copy] > 0;
          expect([at('observation'), at('action'), at('reward'), at('terminated'), at('truncated'), at('nextObservation')]).toEqual([
            observation[copy], action[copy], step.reward[copy], step.terminated[copy], step.truncated[copy], (over ? step.finalObservation : step.observation)[copy],
          ]);
        }
        ended = [0, 1, 2].map((copy) => step.terminated[copy] | step.truncated[copy]);
        observation = Array.from(step.observation);
      }
    }
    actor.dispose();
  });

  it('reports episodes unscaled while the rewards are scaled', async () => {
    const env = vectorize(counter({ lengths: [3], terminates: [true] }), 1);
    const { data, episodes } = await actorOf(env, 6, 0.5).actor.collect({});
    expect(episodes).toEqual([{ return: 6, length: 3 }, { return: 6, length: 3 }]);
    const rewards = Array.from(data.reward.data);
    // Scaled by the deviation of the discounted returns so far: of 1, 2.5 and 4.25 at the third step.
    const returns = [1, 2.5, 4.25];
    const mean = returns.reduce((a, b) => a + b) / 3;
    const sd = Math.sqrt(returns.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3);
    expect(rewards[2]).toBeCloseTo(3 / sd, 2);
    expect(rewards[2]).not.toBe(3);
  });

  const collecting = (options: Partial<CounterOptions>) => actorOf(vectorize(counter({ lengths: [3], terminates: [false], ...options }), 2), 6).actor.collect({});

  it('names the copy and the reward that is not finite', async () => {
    await expect(collecting({ reward: (step) => (step === 2 ? NaN : 0) })).rejects.toThrow('Counter: copy 0 returned the reward NaN; rewards must be finite numbers');
    await expect(collecting({ reward: () => Infinity })).rejects.toThrow('the reward Infinity');
  });

  it('names the copy and the place of an observation that is not finite: at the start, on the way, at the end', async () => {
    for (const at of [0, 1, 3]) {
      await expect(collecting({ glitch: (step) => (step === at ? NaN : 0) })).rejects.toThrow('Counter: copy 0 returned an observation with NaN at position 1; observations must be finite numbers');
    }
  });

  it('wants an environment that resets itself in the same step', () => {
    const env = vectorize(identity('discrete'), 1, { autoReset: 'nextStep' });
    expect(() => actorOf(env, 1)).toThrow("must reset itself in the same step, but its autoReset is 'nextStep'");
  });

  it('is not disturbed by an environment that reuses its arrays', async () => {
    const { actor } = actorOf(vectorize(counter({ lengths: [9], terminates: [true] }), 1), 3);
    const first = (await actor.collect({})).data.observation.data.slice() as Rows;
    const second = (await actor.collect({})).data;
    expect(Array.from(first)).toEqual([0, 0, 0, 1, 0, 2]);
    expect(Array.from(second.observation.data)).toEqual([0, 3, 0, 4, 0, 5]);
    expect(Array.from(second.nextObservation.data)).toEqual([0, 4, 0, 5, 0, 6]);
  });
});
