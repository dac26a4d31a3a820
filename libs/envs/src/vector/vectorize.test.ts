import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { cartPole, discrete, mountainCarContinuous, multiBinary, multiDiscrete, pendulum, toEnv, vectorize, type EnvDefinition, type Rows } from '../index.js';

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

  it('returns the true final observation under every mode, and then goes on', () => {
    const actions = Int32Array.of(1);
    for (const autoReset of ['sameStep', 'nextStep', 'disabled'] as const) {
      const env = vectorize(cartPole({ maxSteps: 2 }), 1, { autoReset });
      const free = vectorize(cartPole, 1);
      env.reset({ seed: 5 });
      free.reset({ seed: 5 });
      env.step(actions);
      free.step(actions);
      const last = [...free.step(actions).observation];
      const end = env.step(actions);
      expect([...end.finalObservation]).toEqual(last);
      expect([end.terminated[0], end.truncated[0]]).toEqual([0, 1]);
      if (autoReset === 'sameStep') expect([...end.observation]).not.toEqual(last);
      else expect([...end.observation]).toEqual(last);
      if (autoReset === 'nextStep') expect(env.step(actions)).toMatchObject({ reward: Float64Array.of(0), truncated: Uint8Array.of(0) });
      if (autoReset === 'disabled') {
        expect(() => env.step(actions)).toThrow("CartPole-v1: the episode of copy 0 has ended; call reset (autoReset is 'disabled')");
        env.reset({ mask: Uint8Array.of(1) });
      }
      expect(env.step(actions).truncated[0]).toBe(0);
    }
  });

  it('steps only the running copies of a batch under nextStep', () => {
    const env = vectorize(cartPole, 3, { autoReset: 'nextStep', seed: 1 });
    env.reset();
    env.setState(1, [2.39, 5, 0, 0]);
    const actions = new Int32Array(3);
    expect([...env.step(actions).terminated]).toEqual([0, 1, 0]);
    const states = [0, 2].map((i) => [...env.getState(i)]);
    const step = env.step(actions);
    expect([...step.reward]).toEqual([1, 0, 1]);
    expect(Math.abs(env.getState(1)[0])).toBeLessThan(0.05);
    const alone = vectorize(cartPole, 2, { autoReset: 'nextStep' });
    states.forEach((state, i) => alone.setState(i, state));
    alone.step(new Int32Array(2));
    expect([0, 2].map((i) => [...env.getState(i)])).toEqual([0, 1].map((i) => [...alone.getState(i)]));
  });

  it('keeps the rows of copies that a masked reset leaves out', () => {
    const env = vectorize(cartPole, 2);
    const before = [...env.reset({ seed: 1 })];
    const after = [...env.reset({ mask: Uint8Array.of(0, 1) })];
    expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
    expect(after.slice(4)).not.toEqual(before.slice(4));
  });

  it('returns the same arrays at every step', () => {
    const env = vectorize(cartPole, 4);
    const first = env.reset();
    const [a, b] = [env.step(new Int32Array(4)), env.step(new Int32Array(4))];
    expect(a).toBe(b);
    expect(a.observation).toBe(first);
  });

  it('resumes exactly, also with copies that wait for a reset', () => {
    const env = vectorize(cartPole, 3, { autoReset: 'nextStep' });
    env.reset({ seed: 2 });
    env.setState(1, [2.39, 5, 0, 0]);
    env.step(new Int32Array(3));
    const snapshot = env.snapshot();
    const course = (e: typeof env) => Array.from({ length: 50 }, (_, t) => structuredClone(e.step(new Int32Array(3).fill(t % 2))));
    const on = course(env);
    const other = vectorize(cartPole, 3, { autoReset: 'nextStep', seed: 77 });
    other.restore(snapshot);
    const strip = (steps: typeof on) => steps.map(({ observation, reward, terminated, truncated }) => ({ observation, reward, terminated, truncated }));
    expect(strip(course(other))).toEqual(strip(on));
  });

  it('refuses snapshots that do not fit', () => {
    const env = vectorize(cartPole, 2);
    expect(() => env.restore(vectorize(pendulum, 2).snapshot())).toThrow("CartPole-v1: the snapshot is of 'Pendulum-v1'");
    expect(() => env.restore(vectorize(cartPole, 3).snapshot())).toThrow('numEnvs 3, expected 2');
    expect(() => env.restore({ arrays: {}, data: env.snapshot().data })).toThrow("no array 'state'");
  });

  it('refuses actions that do not fit, naming the copy', () => {
    const env = vectorize(cartPole, 3);
    env.reset();
    expect(() => env.step(Int32Array.of(0, 1, 2))).toThrow('CartPole-v1: the action of copy 2 is 2, expected an integer in 0..1');
    expect(() => env.step(Int32Array.of(0, -1, 1))).toThrow('copy 1 is -1');
    expect(() => env.step(new Int32Array(2))).toThrow('actions must be an array of type Int32Array and shape [3], got Int32Array of length 2');
    expect(() => env.step(new Float32Array(3))).toThrow('got Float32Array of length 3');
    const car = vectorize(mountainCarContinuous, 2);
    car.reset();
    expect(() => car.step(Float32Array.of(0, Number.NaN))).toThrow('the action of copy 1 is NaN, expected a finite number');
    expect(() => car.step(Float32Array.of(Infinity, 0))).toThrow('the action of copy 0 is Infinity');
    const strict = vectorize({ ...pendulum(), clipsActions: false }, 1);
    strict.reset();
    expect(() => strict.step(Float32Array.of(2.5))).toThrow('the action of copy 0 is 2.5, expected a number in -2..2');
  });

  it.each([
    [multiDiscrete([3, 2]), Int32Array.of(2, 1, 0, 2), 'the action of copy 1 (element 1) is 2, expected an integer in 0..1'],
    [multiBinary(2), Int32Array.of(1, 1, 3, 0), 'the action of copy 1 (element 0) is 3, expected an integer in 0..1'],
    [discrete(2, 5), Int32Array.of(5, 7), 'the action of copy 1 is 7, expected an integer in 5..6'],
  ])('checks the actions of every kind of space', (actionSpace, actions: Rows, message) => {
    const definition: EnvDefinition = { ...(cartPole() as EnvDefinition), actionSpace };
    const env = vectorize(definition, 2);
    env.reset();
    expect(() => env.step(actions)).toThrow(message);
    actions[actions.length - 1] = actionSpace.kind === 'discrete' ? 6 : 0;
    actions[actions.length - 2] = actionSpace.kind === 'discrete' ? 5 : 0;
    expect(() => env.step(actions)).not.toThrow();
  });

  it('refuses to start wrongly', () => {
    expect(() => vectorize(cartPole, 0)).toThrow('numEnvs must be a positive integer, got 0');
    expect(() => vectorize(cartPole, 1, { autoReset: 'never' as 'disabled' })).toThrow("'sameStep', 'nextStep' or 'disabled', got 'never'");
    expect(() => vectorize(cartPole, 1, { maxEpisodeSteps: 0 })).toThrow('maxEpisodeSteps');
    const env = vectorize(cartPole, 2);
    expect(() => env.step(new Int32Array(2))).toThrow('CartPole-v1: step before reset (copy 0)');
    env.reset({ mask: Uint8Array.of(1, 0) });
    expect(() => env.step(new Int32Array(2))).toThrow('step before reset (copy 1)');
    expect(() => env.reset({ mask: Uint8Array.of(1) })).toThrow('the reset mask has length 1, expected 2');
    expect(() => env.setState(2, [0, 0, 0, 0])).toThrow('no copy 2');
    expect(() => env.setState(0, [0])).toThrow('a state has 4 numbers, got 1');
    env.close();
    env.close();
    expect(() => env.reset()).toThrow('closed');
  });
});
