import { Rng, tensorCount, tf } from '@rivulet/engine';
import { vectorize } from '@rivulet/envs';
import { beforeAll, describe, expect, it } from 'vitest';
import { members } from '../test/members.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the number of tensors is flat over 200 updates', () => {
  it.each(members)('$name', async ({ algorithm, env }) => {
    const before = tensorCount();
    const { actor, learner } = algorithm.start(algorithm.adapt(vectorize(env, algorithm.numEnvs)), Rng.fromSeed(1), 2_000);
    const counts = new Set<number>();
    const learn = async () => learner.learn(await actor.collect(learner.weights));
    while (learner.updates === 0) await learn();
    const start = learner.updates;
    while (learner.updates < start + 200) {
      await learn();
      counts.add(tensorCount());
    }
    expect(counts.size).toBe(1);
    actor.dispose();
    learner.dispose();
    expect(tensorCount()).toBe(before);
  });
});
