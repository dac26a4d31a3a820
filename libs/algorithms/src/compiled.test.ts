import { fromTensor, Rng, tf, type Tree, treeLeaves } from '@rivulet/engine';
import { vectorize } from '@rivulet/envs';
import { beforeAll, describe, expect, it } from 'vitest';
import { membersWith } from '../test/members.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const UPDATES = 20;

/** Weights and metrics of a run of at least so many updates. */
async function play({ algorithm, env }: ReturnType<typeof membersWith>[number]) {
  const { actor, learner } = algorithm.start(algorithm.adapt(vectorize(env, algorithm.numEnvs)), Rng.fromSeed(3), 2_000);
  const metrics: { readonly [name: string]: number }[] = [];
  while (learner.updates < UPDATES) metrics.push(await learner.learn(await actor.collect(learner.weights)));
  const weights = await Promise.all(treeLeaves(learner.weights as Tree).map(async ({ path, tensor }) => [path, Array.from((await fromTensor(tensor)).data)] as const));
  actor.dispose();
  learner.dispose();
  return { weights: Object.fromEntries(weights), metrics };
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(Math.abs(actual[i] - expected[i]) / (1 + Math.abs(expected[i])), `${what}: ${actual[i]}, eager ${expected[i]}`).toBeLessThan(1e-3);
}

describe('compiled and eager, acting and learning, are the same run', () => {
  const eager = membersWith({ compile: false });
  it.each(membersWith({ compile: true }).map((member, i) => ({ name: member.name, member, twin: eager[i] })))('$name: 20 updates', async ({ member, twin }) => {
    const [compiled, expected] = [await play(member), await play(twin)];
    expect(Object.keys(compiled.weights).sort()).toEqual(Object.keys(expected.weights).sort());
    for (const [path, values] of Object.entries(expected.weights)) expectClose(compiled.weights[path], values, path);
    expect(compiled.metrics.map((each) => Object.keys(each).sort())).toEqual(expected.metrics.map((each) => Object.keys(each).sort()));
    compiled.metrics.forEach((each, i) => expectClose(Object.keys(expected.metrics[i]).map((name) => each[name]), Object.values(expected.metrics[i]), `metrics ${i}`));
  });
});
