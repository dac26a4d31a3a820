import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { cartPole, toEnv, vectorize } from '../index.js';

describe('vectorize', () => {
  it('copy i of a batch equals a single copy on the same stream', () => {
    const n = 5;
    const batch = vectorize(cartPole, n, { seed: 3, maxEpisodeSteps: 30 });
    const loop = Rng.fromSeed(3).split(n).map((rng) => vectorize(cartPole, 1, { rngs: [rng], maxEpisodeSteps: 30 }));
    expect([...batch.reset()]).toEqual(loop.flatMap((env) => [...env.reset()]));
    const rng = Rng.fromSeed(9);
    let ends = 0;
    for (let t = 0; t < 200; t++) {
      const actions = Int32Array.from({ length: n }, () => rng.nextInt(2));
      const step = batch.step(actions);
      loop.forEach((env, i) => {
        const one = env.step(actions.subarray(i, i + 1));
        expect(step.reward[i]).toBe(one.reward[0]);
        expect([...step.observation.subarray(4 * i, 4 * i + 4)]).toEqual([...one.observation]);
        expect([step.terminated[i], step.truncated[i]]).toEqual([one.terminated[0], one.truncated[0]]);
        if (step.terminated[i] || step.truncated[i]) {
          ends++;
          expect([...step.finalObservation.subarray(4 * i, 4 * i + 4)]).toEqual([...one.finalObservation]);
        }
      });
    }
    expect(ends).toBeGreaterThan(20);
  });

  it('a single env equals the only copy of a batch with the same seed', () => {
    const env = toEnv(cartPole);
    const batch = vectorize(cartPole, 1, { autoReset: 'disabled' });
    expect([...env.reset({ seed: 4 }).observation.data]).toEqual([...batch.reset({ seed: 4 })]);
    expect([...env.step(1).observation.data]).toEqual([...batch.step(Int32Array.of(1)).observation]);
  });
});
