import { Rng } from '@rivulet/engine';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectorize } from '../vector/vectorize.js';
import { pointMass } from './pointMass.js';

const one = (options: Parameters<typeof pointMass>[0], state: readonly number[]) => {
  const env = vectorize(pointMass(options), 1, { autoReset: 'disabled' });
  env.reset();
  env.setState(0, [...state, ...new Array<number>(5 - state.length).fill(0)]);
  return (ax: number, ay: number) => {
    const { reward, terminated } = env.step(Float32Array.of(ax, ay));
    return { state: [...env.getState(0)], reward: reward[0], terminated: terminated[0], info: env.info(0) };
  };
};

const close = (actual: ArrayLike<number>, expected: readonly number[]): void => expected.forEach((x, k) => expect(actual[k]).toBeCloseTo(x, 12));

describe('pointMass', () => {
  it('double integrator: follows the equations by hand', () => {
    const step = one({}, [0.5, -0.5, 0.1, 0]);
    const first = step(1, -0.5);
    close(first.state, [0.5 + 0.03, -0.5 - 0.01, 0.3, -0.1]);
    expect(first.reward).toBeCloseTo(-Math.hypot(0.53, 0.51), 12);
    close(step(0, 0).state, [0.56, -0.52, 0.3, -0.1]);
  });

  it('double integrator with damping: v ← (1 − dΔt) v', () => {
    close(one({ damping: 2 }, [0, 0, 0.5, 0])(0, 0).state, [0.04, 0, 0.4, 0]);
  });

  it('clips actions and speed', () => {
    close(one({}, [0, 0, 0.9, 0])(50, 0).state, [0.1, 0, 1, 0]);
  });

  it('single integrator: actions are velocities', () => {
    close(one({ integrator: 1 }, [0, 0, 0.7, 0.7])(0.5, -1).state, [0.05, -0.1, 0.5, -1]);
  });

  it('stops at the wall of the arena, and slides along it', () => {
    close(one({}, [0.97, 0, 1, 0.5])(0, 0).state, [1, 0.05, 0, 0.5]);
  });

  it('slides along an obstacle: the velocity into it is lost', () => {
    const head = one({ integrator: 2, obstacles: [{ x: 0, y: 0, radius: 0.3 }], goals: [[0.9, 0]] }, [-0.35, 0, 1, 0])(0, 0);
    close(head.state.slice(0, 3), [-0.3, 0, 0]);
    const glance = one({ obstacles: [{ x: 0, y: 0, radius: 0.3 }], goals: [[0.9, 0]] }, [-0.2, 0.25, 1, 0])(0, 0);
    expect(glance.state[2]).toBeGreaterThan(0);
    expect(glance.state[3]).toBeGreaterThan(0);
    // Velocity is tangential.
    expect(glance.state[0] * glance.state[2] + glance.state[1] * glance.state[3]).toBeLessThan(0.05);
  });

  it('sparse: 1 at the goal, which ends the episode; several goals count alike', () => {
    const options = { sparse: true, goals: [[0.5, 0], [-0.5, 0]] } as const;
    const right = one(options, [0.35, 0, 0.6, 0])(0, 0);
    const left = one(options, [-0.35, 0, -0.6, 0])(0, 0);
    const away = one(options, [0.35, 0, 0, 0])(0, 0);
    expect([right.reward, right.terminated, right.info.success]).toEqual([1, 1, 1]);
    expect([left.reward, left.terminated, left.info.success]).toEqual([1, 1, 1]);
    expect([away.reward, away.terminated, away.info.success]).toEqual([0, 0, 0]);
  });

  it('adds the rewards of regions and the cost of actions', () => {
    const step = one({ goals: [[0, 0]], regions: [{ x: 0.5, y: 0, radius: 0.2, reward: -3 }], actionCost: 0.1 }, [0.5, 0]);
    const { reward, state } = step(0, 1);
    expect(reward).toBeCloseTo(-Math.hypot(state[0], state[1]) - 3 - 0.1, 12);
  });

  it('noise zones shake the velocity inside only', () => {
    const n = 4000;
    const env = vectorize(pointMass({ integrator: 1, noiseZones: [{ x: 0.5, y: 0, radius: 0.2, noise: 0.1 }] }), n);
    env.reset({ seed: 1 });
    for (let i = 0; i < n; i++) env.setState(i, [i % 2 === 0 ? 0.5 : -0.5, 0, 0, 0, 0]);
    env.step(new Float32Array(2 * n));
    const speeds = Array.from({ length: n }, (_, i) => env.getState(i)[2]);
    expect(speeds.filter((_, i) => i % 2 === 1).every((v) => v === 0)).toBe(true);
    const inside = speeds.filter((_, i) => i % 2 === 0);
    const variance = inside.reduce((sum, v) => sum + v * v, 0) / inside.length;
    expect(Math.abs(variance - 0.01)).toBeLessThan(4 * 0.01 * Math.sqrt(2 / inside.length));
  });

  it('draws a goal and shows it', () => {
    const goals = [[0.5, 0.25], [-0.5, -0.25]] as const;
    const env = vectorize(pointMass({ goals, goal: 'drawn' }), 400);
    const rows = env.reset({ seed: 3 });
    const first = Array.from({ length: 400 }, (_, i) => (rows[6 * i + 4] === 0.5 && rows[6 * i + 5] === 0.25 ? 1 : 0));
    expect(first.map((flag, i) => (flag === 1 ? 0 : rows[6 * i + 4]))).toEqual(first.map((flag) => (flag === 1 ? 0 : -0.5)));
    expect(Math.abs(first.reduce<number>((a, b) => a + b, 0) - 200)).toBeLessThan(40);
    expect(env.info(0).goal).toBe(1 - first[0]);
  });

  it('stays in the arena, out of the obstacles and within the speed, whatever the actions', () => {
    const obstacles = [{ x: 0.3, y: 0.3, radius: 0.25 }, { x: 0.55, y: -0.1, radius: 0.3 }, { x: -0.9, y: 0, radius: 0.2 }, { x: -0.2, y: -0.4, radius: 0.04 }];
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom(1, 2), (seed, integrator) => {
        const env = vectorize(pointMass({ obstacles, goals: [[-0.5, 0.8]], integrator: integrator as 1 | 2 }), 8, { seed });
        env.reset();
        const rng = Rng.fromSeed(seed);
        const push = rng.fillUniform(new Float32Array(16), -1, 1);
        for (let t = 0; t < 60; t++) {
          if (t % 10 === 0) rng.fillUniform(push, -1.5, 1.5);
          env.step(push);
          for (let i = 0; i < 8; i++) {
            const [x, y, vx, vy] = env.getState(i);
            const outside = Math.max(Math.abs(x), Math.abs(y), Math.abs(vx), Math.abs(vy)) > 1;
            const inside = obstacles.some((o) => Math.hypot(x - o.x, y - o.y) < o.radius * (1 - 1e-9));
            if (outside || inside) throw new Error(`at (${x}, ${y}) with (${vx}, ${vy})`);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('does not tunnel through a small obstacle', () => {
    const step = one({ obstacles: [{ x: 0, y: 0, radius: 0.02 }], goals: [[0.9, 0]] }, [-0.05, 0, 1, 0]);
    expect(step(0, 0).state[0]).toBeCloseTo(-0.02, 9);
  });

  it('is mirrored by mirrored actions', () => {
    const right = one({}, [0.2, 0.1]);
    const left = one({}, [-0.2, 0.1]);
    for (let t = 0; t < 30; t++) {
      const [a, b] = [Math.sin(t), Math.cos(2 * t)];
      const [p, q] = [right(a, b), left(-a, b)];
      expect(q.state[0]).toBe(-p.state[0]);
      expect(q.state[1]).toBe(p.state[1]);
      expect(q.reward).toBe(p.reward);
    }
  });

  it('names what is wrong', () => {
    expect(() => pointMass({ goals: [] })).toThrow(/at least one goal/);
    expect(() => pointMass({ goals: [[2, 0]] })).toThrow(/outside the arena/);
    expect(() => pointMass({ obstacles: [{ x: 0, y: 0, radius: 0.2 }] })).toThrow(/\(0, 0\) lies inside an obstacle/);
    expect(() => pointMass({ obstacles: [{ x: 0, y: 0, radius: -1 }] })).toThrow(/disc 0/);
    expect(() => pointMass({ timeStep: 0 })).toThrow(/timeStep must be positive/);
    expect(() => pointMass({ damping: 11 })).toThrow(/damping/);
  });
});
