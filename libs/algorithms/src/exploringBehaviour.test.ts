import { Rng, tf } from '@rivulet/engine';
import { box, discrete } from '@rivulet/envs';
import type { NoiseLaw } from '@rivulet/exploration';
import { beforeAll, describe, expect, it } from 'vitest';
import { exploringBehaviour } from './exploringBehaviour.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const observation = box({ low: -1, high: 1, shape: [1] });

/** Continuous actions [4, 2]; the policy always says 0.9. */
const continuous = (noise?: NoiseLaw, uniformSteps = 0, seed = 1) =>
  exploringBehaviour<Record<string, never>>({
    spaces: { observation, action: box({ low: -1, high: 1, shape: [2] }) },
    choose: (_, rows) => tf.fill([rows.shape[0], 2], 0.9),
    noise,
    numEnvs: 4,
    uniformSteps,
    rng: Rng.fromSeed(seed),
  });
const none = new Uint8Array(4);
const actions = async (behaviour: ReturnType<typeof continuous>, step = 0, ended = none) => Array.from((await behaviour.act({}, new Float32Array(4), step, ended)).action.data);

describe('exploringBehaviour', () => {
  it('acts uniformly until so many environment steps were taken, then as it is told', async () => {
    const told: number[] = [];
    const behaviour = exploringBehaviour<Record<string, never>>({
      spaces: { observation, action: discrete(3) },
      choose: (_, rows, { step }) => (told.push(step.dataSync()[0]), tf.fill([rows.shape[0]], 2, 'int32')),
      compile: false,
      numEnvs: 300,
      uniformSteps: 600,
      rng: Rng.fromSeed(1),
    });
    const counts = async (step: number) => {
      const { data } = (await behaviour.act({}, new Float32Array(300), step, new Uint8Array(300))).action;
      return [0, 1, 2].map((a) => data.filter((x) => x === a).length);
    };
    for (const step of [0, 300]) for (const count of await counts(step)) expect(Math.abs(count - 100)).toBeLessThan(35);
    expect(told).toEqual([]);
    expect(await counts(600)).toEqual([0, 0, 300]);
    expect(await counts(900)).toEqual([0, 0, 300]);
    expect(told).toEqual([600, 900]);
  });

  it('draws continuous actions from the whole range while it warms up, without noise', async () => {
    const behaviour = continuous({ kind: 'gaussian', std: 100 }, 1e9);
    const drawn = (await Promise.all(Array.from({ length: 50 }, () => actions(behaviour)))).flat();
    expect(Math.min(...drawn)).toBeGreaterThan(-1);
    expect(Math.min(...drawn)).toBeLessThan(-0.9);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(Math.max(...drawn)).toBeGreaterThan(0.9);
  });

  it('adds noise of the given deviation, and stays within [-1, 1]', async () => {
    const behaviour = continuous({ kind: 'gaussian', std: 0.02 });
    const drawn = (await Promise.all(Array.from({ length: 100 }, () => actions(behaviour)))).flat();
    const mean = drawn.reduce((a, b) => a + b) / drawn.length;
    const std = Math.sqrt(drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length);
    expect(Math.abs(mean - 0.9)).toBeLessThan(0.005);
    expect(Math.abs(std - 0.02)).toBeLessThan(0.002);
    const wide = (await Promise.all(Array.from({ length: 20 }, () => actions(continuous({ kind: 'gaussian', std: 1 }))))).flat();
    expect(Math.max(...wide)).toBe(1);
  });

  it('takes actions as they are without noise', async () => {
    expect(new Set(await actions(continuous()))).toEqual(new Set([Math.fround(0.9)]));
  });

  it('starts correlated noise anew in the copies whose episode has ended', async () => {
    const law: NoiseLaw = { kind: 'ornsteinUhlenbeck', std: 0.01, theta: 0 };
    const [plain, reset] = [continuous(law), continuous(law)];
    const ended = Uint8Array.of(0, 1, 0, 0);
    const [a1, b1] = [await actions(plain), await actions(reset)];
    expect(b1).toEqual(a1);
    const [a2, b2] = [await actions(plain), await actions(reset, 1, ended)];
    expect([b2[0], b2[1], ...b2.slice(4)]).toEqual([a2[0], a2[1], ...a2.slice(4)]);
    // Without a pull, the state is a sum of steps: what is left of a2 after its first step is b2.
    for (const k of [2, 3]) expect(b2[k] - 0.9).toBeCloseTo(a2[k] - a1[k], 5);
  });

  it('continues exactly from a snapshot, and follows from its seed', async () => {
    const law: NoiseLaw = { kind: 'ornsteinUhlenbeck', std: 0.3 };
    const [behaviour, other] = [continuous(law, 8), continuous(law, 8, 2)];
    const first = await actions(behaviour);
    expect(await actions(continuous(law, 8))).toEqual(first);
    expect(await actions(other)).not.toEqual(first);
    await actions(behaviour, 8);
    const stored = await behaviour.snapshot();
    const next = [await actions(behaviour, 12), await actions(behaviour, 4)];
    await other.restore(stored);
    expect([await actions(other, 12), await actions(other, 4)]).toEqual(next);
  });
});
