import type { Rows } from '../env.js';
import type { Box, Discrete } from '../space.js';
import { box } from '../spaces/box.js';
import { discrete } from '../spaces/discrete.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';

/** What can be changed about {@link mountainCar}. */
export interface MountainCarOptions {
  /**
   * −1 a step; 1 at the goal and 0 elsewhere ('sparse'); or 0, and −1 only at step `maxSteps` when the goal was not reached ('timeoutCost', whose state
   * has the elapsed steps as third number). Default 'step'.
   */
  readonly reward?: 'step' | 'sparse' | 'timeoutCost';
  /** Least speed at the goal. Default 0. */
  readonly goalVelocity?: number;
  /** Default 200. */
  readonly maxSteps?: number;
}

const MIN_POSITION = -1.2;
const MAX_POSITION = 0.6;
const MAX_SPEED = 0.07;
const GOAL = 0.5;

/**
 * MountainCar-v0: rock a car out of a valley by pushing left, not at all, or right (actions 0, 1, 2). State and observation: position x, velocity v.
 *
 * v' = clip(v + 0.001 (a − 1) − 0.0025 cos 3x, ±0.07), x' = clip(x + v', −1.2, 0.6); the left wall stops the car.
 * Ends at x ≥ 0.5 with v ≥ goalVelocity; reward −1 a step; starts at rest, uniform in [−0.6, −0.4).
 *
 * Source: Moore 1990; equations and constants of Gymnasium 1.3.0.
 */
export function mountainCar(options: MountainCarOptions = {}): EnvDefinition<Box, Discrete> {
  const { reward: kind = 'step', goalVelocity = 0, maxSteps = 200 } = options;
  const stepReward = kind === 'step' ? -1 : 0;
  const goalReward = kind === 'step' ? -1 : kind === 'sparse' ? 1 : 0;
  const timed = kind === 'timeoutCost';

  return {
    id: 'MountainCar-v0',
    observationSpace: box({ low: [MIN_POSITION, -MAX_SPEED], high: [MAX_POSITION, MAX_SPEED] }),
    actionSpace: discrete(3),
    stateSize: timed ? 3 : 2,
    maxEpisodeSteps: maxSteps,
    rewardThreshold: -110,
    reset({ state, numEnvs: n, rngs }: Batch, copy: number): void {
      state[copy] = rngs[copy].nextUniform(-0.6, -0.4);
      state[n + copy] = 0;
      if (timed) state[2 * n + copy] = 0;
    },
    step({ state, numEnvs: n, reward, terminated }: Batch, actions: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        let velocity = state[n + i] + ((actions[i] - 1) * 0.001 + Math.cos(3 * state[i]) * -0.0025);
        velocity = Math.min(Math.max(velocity, -MAX_SPEED), MAX_SPEED);
        const position = Math.min(Math.max(state[i] + velocity, MIN_POSITION), MAX_POSITION);
        if (position === MIN_POSITION && velocity < 0) velocity = 0;
        state[i] = position;
        state[n + i] = velocity;
        const ended = position >= GOAL && velocity >= goalVelocity;
        terminated[i] = ended ? 1 : 0;
        reward[i] = ended ? goalReward : timed && ++state[2 * n + i] === maxSteps ? -1 : stepReward;
      }
    },
    observe({ state, numEnvs: n }: Batch, out: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        out[2 * i] = state[i];
        out[2 * i + 1] = state[n + i];
      }
    },
  };
}
