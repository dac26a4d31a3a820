import { Rng, tf } from '@rivulet/engine';
import { box, discrete } from '@rivulet/envs';
import { categorical, gaussian } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { policyBehaviour } from './policyBehaviour.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const observationSpace = box({ low: -1, high: 1, shape: [1] });
const ended = new Uint8Array(2);

describe('policyBehaviour', () => {
  it('records the log-probability of the action that it took', async () => {
    const probabilities = [[0.1, 0.9], [0.5, 0.5]];
    const behaviour = policyBehaviour<Record<string, never>>({ policy: () => categorical(tf.tensor2d(probabilities).log()), observationSpace, actionSpace: discrete(2), rng: Rng.fromSeed(1) });
    let nines = 0;
    for (let i = 0; i < 200; i++) {
      const { action, logProb } = await behaviour.act({}, new Float32Array(2), 0, ended);
      expectClose(logProb.data, [0, 1].map((row) => Math.log(probabilities[row][action.data[row]])));
      nines += action.data[0];
    }
    expect(Math.abs(nines - 180)).toBeLessThan(20);
  });

  it('keeps boxes of any shape as one axis of numbers', async () => {
    const behaviour = policyBehaviour<Record<string, never>>({
      policy: (_, rows) => gaussian(tf.zeros([rows.shape[0], 6]), tf.ones([6])),
      observationSpace,
      actionSpace: box({ low: -1, high: 1, shape: [2, 3] }),
      rng: Rng.fromSeed(1),
    });
    expect(behaviour.fields.action).toEqual({ shape: [6], dtype: 'float32' });
    const { action, logProb } = await behaviour.act({}, new Float32Array(2), 0, ended);
    expect([action.shape, logProb.shape]).toEqual([[2, 6], [2]]);
    const density = (row: number): number => Array.from(action.data).slice(6 * row, 6 * row + 6).reduce((sum, x) => sum - 0.5 * x * x - 0.5 * Math.log(2 * Math.PI), 0);
    expectClose(logProb.data, [density(0), density(1)]);
  });

  it('continues exactly from a snapshot', async () => {
    const make = (seed: number) => policyBehaviour<Record<string, never>>({ policy: () => gaussian(tf.zeros([2, 1]), tf.ones([1])), observationSpace, actionSpace: observationSpace, rng: Rng.fromSeed(seed) });
    const [one, other] = [make(1), make(2)];
    const draw = async (behaviour: typeof one) => Array.from((await behaviour.act({}, new Float32Array(2), 0, ended)).action.data);
    const first = await draw(one);
    expect(await draw(other)).not.toEqual(first);
    await other.restore(await one.snapshot());
    expect(await draw(other)).toEqual(await draw(one));
  });
});
