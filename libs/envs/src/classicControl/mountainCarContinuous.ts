import type { Rows } from '../env.js';
import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';

/** What can be changed about {@link mountainCarContinuous}. */
export interface MountainCarContinuousOptions {
  /** 100 at the goal, or 1 ('sparse'). Default 'goal'. */
  readonly reward?: 'goal' | 'sparse';
  /** Cost of a squared unit of action. Default 0.1. */
  readonly actionCost?: number;
  /** Least speed at the goal. Default 0. */
  readonly goalVelocity?: number;
  /** Default 999. */
  readonly maxSteps?: number;
}

const POWER = 0.0015;
const MIN_POSITION = -1.2;
const MAX_POSITION = 0.6;
const MAX_SPEED = 0.07;
const GOAL = 0.45;

const round32 = Math.fround;
const keep64 = (x: number): number => x;

/**
 * MountainCarContinuous-v0: rock a car out of a valley by a force a in ±1 (clipped). State and observation: position x, velocity v.
 *
 * v' = clip(v + 0.0015 clip(a, ±1) − 0.0025 cos 3x, ±0.07), x' = clip(x + v', −1.2, 0.6); the left wall stops the car.
 * Ends at x ≥ 0.45 with v ≥ goalVelocity; reward −0.1 a² a step with a as given, plus 100 at the goal; starts at rest, uniform in [−0.6, −0.4).
 *
 * Gymnasium keeps the state in float32 after the first step, and computes in float32 from there on. So does this: a state that float32
 * represents exactly is advanced in float32, any other (the initial one) in float64.
 *
 * Source: Moore 1990; equations and constants of Gymnasium 1.3.0.
 */
export function mountainCarContinuous(options: MountainCarContinuousOptions = {}): EnvDefinition<Box, Box> {
  const { reward: kind = 'goal', actionCost = 0.1, goalVelocity = 0, maxSteps = 999 } = options;
  const goalReward = kind === 'goal' ? 100 : 1;

  return {
    id: 'MountainCarContinuous-v0',
    observationSpace: box({ low: [MIN_POSITION, -MAX_SPEED], high: [MAX_POSITION, MAX_SPEED] }),
    actionSpace: box({ low: -1, high: 1, shape: [1] }),
    stateSize: 2,
    maxEpisodeSteps: maxSteps,
    rewardThreshold: 90,
    clipsActions: true,
    reset({ state, numEnvs: n, rngs }: Batch, copy: number): void {
      state[copy] = rngs[copy].nextUniform(-0.6, -0.4);
      state[n + copy] = 0;
    },
    step({ state, numEnvs: n, reward, terminated }: Batch, actions: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        const x = state[i];
        const v = state[n + i];
        const round = round32(x) === x && round32(v) === v ? round32 : keep64;
        const action = actions[i];
        // An unclipped force is a float32 number, a clipped one is not: its product is not rounded before it is added.
        const pull = 0.0025 * Math.cos(round(3 * x));
        const push = action < -1 ? -POWER - pull : action > 1 ? POWER - pull : round32(round32(action * round32(POWER)) - round32(pull));
        let velocity = round(v + round(push));
        if (velocity > round(MAX_SPEED)) velocity = round(MAX_SPEED);
        if (velocity < round(-MAX_SPEED)) velocity = round(-MAX_SPEED);
        let position = round(x + velocity);
        if (position > round(MAX_POSITION)) position = round(MAX_POSITION);
        if (position < round(MIN_POSITION)) position = round(MIN_POSITION);
        if (position === round(MIN_POSITION) && velocity < 0) velocity = 0;
        const ended = position >= round(GOAL) && velocity >= round(goalVelocity);
        state[i] = round32(position);
        state[n + i] = round32(velocity);
        terminated[i] = ended ? 1 : 0;
        reward[i] = (ended ? goalReward : 0) - action * action * actionCost;
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
