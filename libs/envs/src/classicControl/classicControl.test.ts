import { ndarray, Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { acrobot, cartPole, cartPoleContinuous, mountainCar, mountainCarContinuous, pendulum, toEnv, vectorize } from '../index.js';

const torque = (x: number) => ndarray('float32', [1], Float32Array.of(x));

describe('initial states', () => {
  it.each([
    ['cartPole', cartPole, [-0.05, -0.05, -0.05, -0.05], [0.05, 0.05, 0.05, 0.05]],
    ['pendulum', pendulum, [-Math.PI, -1], [Math.PI, 1]],
    ['acrobot', acrobot, [-0.1, -0.1, -0.1, -0.1], [0.1, 0.1, 0.1, 0.1]],
    ['mountainCar', mountainCar, [-0.6, 0], [-0.4, 0]],
    ['mountainCarContinuous', mountainCarContinuous, [-0.6, 0], [-0.4, 0]],
  ] as const)('%s fills its range uniformly', (_, make, low, high) => {
    const n = 4000;
    const env = vectorize(make(), n, { seed: 5 });
    env.reset();
    low.forEach((least, k) => {
      const values = Array.from({ length: n }, (__, i) => env.getState(i)[k]);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(Math.fround(least));
      expect(Math.max(...values)).toBeLessThanOrEqual(Math.fround(high[k]));
      const mean = values.reduce((sum, x) => sum + x, 0) / n;
      const width = high[k] - least;
      // Six standard errors of the mean of a uniform.
      expect(Math.abs(mean - (least + high[k]) / 2)).toBeLessThanOrEqual((6 * width) / Math.sqrt(12 * n));
      if (width > 0) expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.99 * width);
    });
  });
});

describe('cartPole', () => {
  it('makes one Euler step from rest as computed by hand', () => {
    const env = toEnv(cartPole);
    env.setState([0, 0, 0, 0]);
    const { observation, reward, terminated } = env.step(1);
    // temp = 10 / 1.1, θ̈ = −temp / (0.5 (4/3 − 0.1/1.1)), ẍ = temp − 0.05 θ̈ / 1.1; positions move with the old speeds.
    const temp = 10 / 1.1;
    const angular = -temp / (0.5 * (4 / 3 - 0.1 / 1.1));
    expect(env.getState()[0]).toBe(0);
    expect(env.getState()[1]).toBeCloseTo(0.02 * (temp - (0.05 * angular) / 1.1), 12);
    expect(env.getState()[3]).toBeCloseTo(0.02 * angular, 12);
    expect([reward, terminated, observation.data[2]]).toEqual([1, false, 0]);
  });

  it('ends beyond 2.4 m and 12 degrees', () => {
    const env = toEnv(cartPole);
    env.setState([2.39, 0, 0, 0]);
    expect(env.step(1).terminated).toBe(false);
    env.setState([2.39, 1, 0, 0]);
    expect(env.step(1)).toMatchObject({ terminated: true, reward: 1 });
    env.setState([0, 0, 0.209, 1]);
    expect(env.step(1).terminated).toBe(true);
  });

  it('has a continuous form: full actions equal the discrete ones, half an action is half the push', () => {
    const after = (env: ReturnType<typeof toEnv<never, never>>, action: unknown) => {
      env.setState([0.1, 0.2, 0.1, -0.3]);
      env.step(action as never);
      return [...env.getState()];
    };
    const smooth = toEnv(cartPoleContinuous) as never;
    expect(after(smooth, torque(1))).toEqual(after(toEnv(cartPole) as never, 1));
    expect(after(smooth, torque(-1))).toEqual(after(toEnv(cartPole) as never, 0));
    expect(after(smooth, torque(0.5))).toEqual(after(toEnv(cartPole({ force: 5 })) as never, 1));
    expect(() => after(smooth, torque(1.5))).toThrow('CartPoleContinuous-v0: the action is');
  });

  it('has the rewards of Sutton and Barto on request', () => {
    const env = toEnv(cartPole({ suttonBartoReward: true }));
    env.setState([0, 0, 0, 0]);
    expect(env.step(0).reward).toBe(0);
    env.setState([2.39, 1, 0, 0]);
    expect(env.step(0).reward).toBe(-1);
  });

  it('changes with every dynamics parameter, and force noise comes from the stream', () => {
    const after = (options: Parameters<typeof cartPole>[0], seed = 0) => {
      const env = toEnv(cartPole(options), { seed });
      env.setState([0.1, 0.2, 0.1, -0.3]);
      env.step(0);
      return [...env.getState()];
    };
    const plain = after({});
    for (const options of [{ length: 0.6 }, { mass: 0.2 }, { cartMass: 2 }, { gravity: 9 }, { force: 9 }, { forceNoise: 1 }]) expect(after(options)).not.toEqual(plain);
    expect(after({ forceNoise: 1 }, 1)).toEqual(after({ forceNoise: 1 }, 1));
    expect(after({ forceNoise: 1 }, 1)).not.toEqual(after({ forceNoise: 1 }, 2));
  });
});

describe('time limits', () => {
  it.each([
    ['pendulum', pendulum, 200],
    ['acrobot', acrobot, 500],
    ['mountainCar', mountainCar, 200],
    ['mountainCarContinuous', mountainCarContinuous, 999],
  ] as const)('%s is truncated, not terminated, at its limit', (_, make, limit) => {
    const env = vectorize(make(), 1, { seed: 0 });
    env.reset();
    const actions = env.actionSpace.kind === 'box' ? new Float32Array(1) : Int32Array.of(1);
    for (let t = 1; t < limit; t++) expect(env.step(actions).truncated[0]).toBe(0);
    const step = env.step(actions);
    expect([step.truncated[0], step.terminated[0]]).toEqual([1, 0]);
  });

  it('cartPole sets both flags when the end falls on the limit, as Gymnasium does', () => {
    const env = vectorize(cartPole({ maxSteps: 1 }), 1);
    env.setState(0, [2.39, 1, 0, 0]);
    const step = env.step(Int32Array.of(1));
    expect([step.truncated[0], step.terminated[0]]).toEqual([1, 1]);
  });
});

describe('pendulum', () => {
  it('clips the torque, and charges for the clipped one', () => {
    const after = (x: number) => {
      const env = toEnv(pendulum);
      env.setState([1, 0.5]);
      const { reward } = env.step(torque(x));
      return [reward, ...env.getState()];
    };
    expect(after(50)).toEqual(after(2));
    expect(after(-50)).toEqual(after(-2));
    expect(after(2)).not.toEqual(after(1.9));
  });

  it('steps as computed by hand, and wraps the angle in the cost', () => {
    const env = toEnv(pendulum);
    env.setState([Math.PI / 2, 0]);
    // cost (π/2)² + 0.001; θ̇' = (15 + 3) 0.05 = 0.9
    expect(env.step(torque(1)).reward).toBeCloseTo(-((Math.PI / 2) ** 2 + 0.001), 9);
    expect(env.getState()[1]).toBeCloseTo(0.9, 12);
    env.setState([2 * Math.PI + 0.1, 0]);
    expect(env.step(torque(0)).reward).toBeCloseTo(-0.01, 12);
    env.setState([-2 * Math.PI - 0.1, 0]);
    expect(env.step(torque(0)).reward).toBeCloseTo(-0.01, 12);
  });

  it('gives the sparse, scaled and noisy rewards on request', () => {
    const env = toEnv(pendulum({ sparse: 0.2, rewardScale: 3 }));
    env.setState([0.1, 0]);
    expect(env.step(torque(0)).reward).toBe(3);
    env.setState([0.3, 0]);
    expect(env.step(torque(0)).reward).toBe(0);
    const noisy = toEnv(pendulum({ sparse: 0.2, rewardNoise: 1 }), { seed: 3 });
    noisy.setState([0.1, 0]);
    expect(noisy.step(torque(0)).reward).toBeCloseTo(1 + Rng.fromSeed(3).split(1)[0].nextNormal(), 12);
  });

  it('refuses a torque that is not a number, and a wrong shape', () => {
    const env = toEnv(pendulum);
    env.reset();
    expect(() => env.step(torque(Number.NaN))).toThrow(/Pendulum-v1.*copy 0 is NaN/);
    expect(() => env.step(ndarray('float32', [2]))).toThrow(/Pendulum-v1.*shape \[2\].*shape \[1\]/);
  });
});

describe('mountain cars', () => {
  it('the left wall stops the car', () => {
    const env = toEnv(mountainCar);
    env.setState([-1.19, -0.07]);
    env.step(0);
    expect([...env.getState()]).toEqual([-1.2, 0]);
  });

  it('the goal ends the episode; the goal speed can be asked for', () => {
    const env = toEnv(mountainCar);
    env.setState([0.49, 0.05]);
    expect(env.step(2)).toMatchObject({ terminated: true, reward: -1 });
    const fast = toEnv(mountainCar({ goalVelocity: 0.06, reward: 'sparse' }));
    fast.setState([0.49, 0.05]);
    expect(fast.step(2)).toMatchObject({ terminated: false, reward: 0 });
    const sparse = toEnv(mountainCar({ reward: 'sparse' }));
    sparse.setState([0.49, 0.05]);
    expect(sparse.step(2)).toMatchObject({ terminated: true, reward: 1 });
  });

  it('can charge only for running out of time', () => {
    const env = vectorize(mountainCar({ reward: 'timeoutCost', maxSteps: 3 }), 1);
    env.reset();
    const rewards = Array.from({ length: 6 }, () => env.step(Int32Array.of(1)).reward[0]);
    expect(rewards).toEqual([0, 0, -1, 0, 0, -1]);
    env.setState(0, [0.49, 0.05, 2]);
    expect(env.step(Int32Array.of(2))).toMatchObject({ reward: Float64Array.of(0), terminated: Uint8Array.of(1) });
  });

  it('the continuous car pays for the action as given, and moves by the clipped one', () => {
    const env = toEnv(mountainCarContinuous);
    env.setState([-0.5, 0]);
    const over = env.step(torque(3));
    expect(over.reward).toBeCloseTo(-0.9, 12);
    const state = [...env.getState()];
    env.setState([-0.5, 0]);
    expect(env.step(torque(1)).reward).toBeCloseTo(-0.1, 12);
    state.forEach((x, k) => expect(x).toBeCloseTo(env.getState()[k], 8));
    env.setState([0.44, 0.05]);
    expect(env.step(torque(0)).reward).toBe(100);
    expect(env.getState()).toEqual(Float64Array.from(Float32Array.from(env.getState())));
  });
});

describe('acrobot', () => {
  it('hangs at rest without torque', () => {
    const env = toEnv(acrobot);
    env.setState([0, 0, 0, 0]);
    env.step(1);
    env.getState().forEach((x) => expect(x).toBeCloseTo(0, 12));
  });

  it('ends above the bar with reward 0', () => {
    const env = toEnv(acrobot);
    env.setState([Math.PI, 0, 0, 0]);
    expect(env.step(1)).toMatchObject({ terminated: true, reward: 0 });
  });

  it('knows the equations of both sources', () => {
    const after = (dynamics: 'book' | 'nips') => {
      const env = toEnv(acrobot({ dynamics }));
      env.setState([0.3, 0.4, 1, -1]);
      env.step(2);
      return [...env.getState()];
    };
    expect(after('book')).not.toEqual(after('nips'));
  });
});
