import { Rng } from '@rivulet/engine';
import type { AutoReset, Rows, VectorEnv } from '@rivulet/envs';
import { describe, expect, it } from 'vitest';
import { evaluatePolicy } from './evaluatePolicy.js';

/**
 * A toy whose copies live for lengths drawn from their own streams: length 1 (reward 1 a step) or 9 (reward 10 a step). Ends alternate between termination
 * and truncation. The observation is the number of the episode in the copy and the step in it.
 */
function toy(numEnvs: number, autoReset: AutoReset, log: { closed: number; resets: number } = { closed: 0, resets: 0 }): VectorEnv {
  let streams: Rng[] = [];
  const episode = new Int32Array(numEnvs);
  const age = new Int32Array(numEnvs);
  const length = new Int32Array(numEnvs);
  const due = new Uint8Array(numEnvs);
  const observation = new Float32Array(2 * numEnvs);
  const [reward, terminated, truncated] = [new Float64Array(numEnvs), new Uint8Array(numEnvs), new Uint8Array(numEnvs)];
  const start = (i: number) => {
    episode[i]++;
    age[i] = 0;
    due[i] = 0;
    length[i] = streams[i].nextInt(2) === 0 ? 1 : 9;
  };
  const observe = (): Rows => {
    for (let i = 0; i < numEnvs; i++) observation.set([episode[i], age[i]], 2 * i);
    return observation;
  };
  const space = undefined as unknown as VectorEnv['observationSpace'];
  return {
    id: 'Toy-v0',
    numEnvs,
    autoReset,
    observationSpace: space,
    actionSpace: space,
    reset({ seed, mask } = {}) {
      log.resets++;
      if (seed !== undefined) {
        streams = Rng.fromSeed(seed).split(numEnvs);
        episode.fill(0);
      }
      for (let i = 0; i < numEnvs; i++) if (mask === undefined || mask[i] === 1) start(i);
      return observe();
    },
    step(actions) {
      expect(actions.length).toBe(numEnvs);
      for (let i = 0; i < numEnvs; i++) {
        [reward[i], terminated[i], truncated[i]] = [0, 0, 0];
        if (due[i] === 1) {
          if (autoReset === 'disabled') throw new Error(`copy ${i} was not reset`);
          start(i);
          continue;
        }
        age[i]++;
        reward[i] = (length[i] === 1 ? 1 : 10) + actions[i];
        if (age[i] < length[i]) continue;
        (episode[i] % 2 === 0 ? terminated : truncated)[i] = 1;
        if (autoReset === 'sameStep') start(i);
        else due[i] = 1;
      }
      return { observation: observe(), reward, terminated, truncated, finalObservation: observation };
    },
    close() {
      log.closed++;
    },
    snapshot: () => ({ arrays: {}, data: {} }),
    restore() {},
  };
}

/** The same counted one copy at a time: quotas 3, 3, 2, 2 of 10 episodes. */
function expected(seed: number) {
  const streams = Rng.fromSeed(seed).split(4);
  return [3, 3, 2, 2].flatMap((quota, i) => Array.from({ length: quota }, () => (streams[i].nextInt(2) === 0 ? { return: 1, length: 1 } : { return: 90, length: 9 })));
}

const zeros = (_: Rows, n: number) => new Int32Array(n);

describe('evaluatePolicy', () => {
  it.each(['sameStep', 'nextStep', 'disabled'] as const)('counts a fixed quota of each copy in mode %s', async (mode) => {
    for (const seed of [1, 2, 3]) {
      const { episodes, meanReturn, stdReturn, meanLength } = await evaluatePolicy(() => toy(4, mode), zeros, { episodes: 10, seed });
      expect(episodes).toEqual(expected(seed));
      const returns = episodes.map((episode) => episode.return);
      const average = returns.reduce((x, y) => x + y) / 10;
      expect(meanReturn).toBeCloseTo(average, 10);
      expect(stdReturn).toBeCloseTo(Math.sqrt(returns.reduce((sum, x) => sum + x * x, 0) / 10 - average ** 2), 8);
      expect(meanLength).toBeCloseTo(episodes.reduce((sum, { length }) => sum + length, 0) / 10, 10);
    }
  });

  it('does not prefer short episodes: half of them are short, with many copies and few episodes each', async () => {
    const { episodes } = await evaluatePolicy(() => toy(400, 'sameStep'), zeros, { episodes: 400, seed: 5 });
    const short = episodes.filter(({ length }) => length === 1).length;
    // Binomial(400, 1/2): standard deviation 10. The first 400 episodes to end would be short in far more than 60 percent.
    expect(Math.abs(short - 200)).toBeLessThan(40);
  });

  it('awaits the policy, and hands it the observations', async () => {
    const act = async (observation: Rows, n: number) => Float32Array.from({ length: n }, (_, i) => observation[2 * i + 1]);
    const { episodes } = await evaluatePolicy(() => toy(1, 'sameStep'), act, { episodes: 4, seed: 1 });
    // The action, added to the reward, is the step within the episode: 0 + 1 + ... + 8 = 36.
    for (const episode of episodes) expect(episode.return).toBe(episode.length === 1 ? 1 : 126);
  });

  it('counts no more than asked when there are more copies than episodes', async () => {
    expect((await evaluatePolicy(() => toy(8, 'sameStep'), zeros, { episodes: 3, seed: 1 })).episodes.length).toBe(3);
  });

  it('closes the environment once, also after a failure', async () => {
    const log = { closed: 0, resets: 0 };
    await evaluatePolicy(() => toy(2, 'sameStep', log), zeros, { episodes: 2, seed: 1 });
    expect(log.closed).toBe(1);
    const fails = () => {
      throw new Error('no action');
    };
    await expect(evaluatePolicy(() => toy(2, 'sameStep', log), fails, { episodes: 2, seed: 1 })).rejects.toThrow('no action');
    expect(log.closed).toBe(2);
    await expect(evaluatePolicy(() => toy(2, 'sameStep', log), zeros, { episodes: 50, seed: 1, maxSteps: 3 })).rejects.toThrow(/of 50 episodes of Toy-v0 are missing after 3 steps/);
    expect(log.closed).toBe(3);
    await expect(evaluatePolicy(() => toy(2, 'sameStep', log), zeros, { episodes: 0, seed: 1 })).rejects.toThrow('episodes must be');
  });
});
