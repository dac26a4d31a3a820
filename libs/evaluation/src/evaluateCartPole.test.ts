import { type AutoReset, makeVectorEnv, type Rows } from '@rivulet/envs';
import { describe, expect, it } from 'vitest';
import { evaluatePolicy } from './evaluatePolicy.js';

/** Pushes towards the side to which the pole falls. */
const lean = (observation: Rows, n: number) => Int32Array.from({ length: n }, (_, i) => (observation[4 * i + 2] + observation[4 * i + 3] > 0 ? 1 : 0));

describe('evaluatePolicy on CartPole-v1', () => {
  const play = (autoReset: AutoReset, seed: number) => evaluatePolicy(() => makeVectorEnv('CartPole-v1', 4, { autoReset, maxEpisodeSteps: 150 }), lean, { episodes: 10, seed });

  it('finds the same episodes in every reset mode, again after the same seed, and others after another', async () => {
    const result = await play('sameStep', 3);
    expect(result.episodes.length).toBe(10);
    for (const episode of result.episodes) expect(episode.return).toBe(episode.length);
    expect(result.meanReturn).toBeGreaterThan(60);
    expect(await play('sameStep', 3)).toEqual(result);
    expect(await play('nextStep', 3)).toEqual(result);
    expect(await play('disabled', 3)).toEqual(result);
    const constant = (_: Rows, n: number) => new Int32Array(n);
    const worse = await evaluatePolicy(() => makeVectorEnv('CartPole-v1', 4), constant, { episodes: 10, seed: 3 });
    expect(worse.meanReturn).toBeLessThan(12);
    expect((await evaluatePolicy(() => makeVectorEnv('CartPole-v1', 4), constant, { episodes: 10, seed: 4 })).episodes).not.toEqual(worse.episodes);
  });
});
