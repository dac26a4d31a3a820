import type { Rows } from '../env.js';
import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';

/** What can be changed about {@link pendulum}. */
export interface PendulumOptions {
  /** kg. Default 1. */
  readonly mass?: number;
  /** m. Default 1. */
  readonly length?: number;
  /** m/s². Default 10. */
  readonly gravity?: number;
  /** Reward 1 within this many radians of upright and 0 elsewhere, instead of the cost. Default: the cost. */
  readonly sparse?: number;
  /** Factor on the reward. Default 1. */
  readonly rewardScale?: number;
  /** Standard deviation of normal noise added to the reward. Default 0. */
  readonly rewardNoise?: number;
  /** Standard deviation of normal noise added to the torque, N·m. Default 0. */
  readonly disturbance?: number;
  /** Default 200. */
  readonly maxSteps?: number;
}

const DT = 0.05;
const MAX_SPEED = 8;
const MAX_TORQUE = 2;
const TORQUE_COST = Math.fround(0.001);
const TURN = 2 * Math.PI;

/** Into [−π, π), with the sign rule of Python's modulo. */
function normalizeAngle(angle: number): number {
  const rest = (angle + Math.PI) % TURN;
  return (rest < 0 ? rest + TURN : rest) - Math.PI;
}

/**
 * Pendulum-v1: swing up and hold a pendulum by a torque u in ±2 N·m (clipped, float32). State: θ (0 is upright), θ̇; observation: cos θ, sin θ, θ̇.
 *
 * θ̇' = clip(θ̇ + (3g/(2l) sin θ + 3/(m l²) u) dt, ±8), θ' = θ + θ̇' dt, dt = 0.05 s; reward −(θ² + 0.1 θ̇² + 0.001 u²) with θ in [−π, π) before the step.
 * Never terminates; starts uniform in ±π, ±1 rad/s.
 *
 * Source: equations and constants of Gymnasium 1.3.0, whose torque terms are rounded to float32 as here.
 */
export function pendulum(options: PendulumOptions = {}): EnvDefinition<Box, Box> {
  const { mass = 1, length = 1, gravity = 10, sparse, rewardScale = 1, rewardNoise = 0, disturbance = 0, maxSteps = 200 } = options;
  const gravityGain = (3 * gravity) / (2 * length);
  const torqueGain = Math.fround(3 / (mass * length ** 2));

  return {
    id: 'Pendulum-v1',
    observationSpace: box({ low: [-1, -1, -MAX_SPEED], high: [1, 1, MAX_SPEED] }),
    actionSpace: box({ low: -MAX_TORQUE, high: MAX_TORQUE, shape: [1] }),
    stateSize: 2,
    maxEpisodeSteps: maxSteps,
    clipsActions: true,
    reset({ state, numEnvs: n, rngs }: Batch, copy: number): void {
      state[copy] = rngs[copy].nextUniform(-Math.PI, Math.PI);
      state[n + copy] = rngs[copy].nextUniform(-1, 1);
    },
    step({ state, numEnvs: n, rngs, reward, terminated }: Batch, actions: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        const theta = state[i];
        const speed = state[n + i];
        const torque = Math.min(Math.max(actions[i], -MAX_TORQUE), MAX_TORQUE);
        const angle = normalizeAngle(theta);
        const cost = angle * angle + 0.1 * (speed * speed) + Math.fround(TORQUE_COST * Math.fround(torque * torque));
        const push = disturbance > 0 ? torque + disturbance * rngs[i].nextNormal() : torque;
        const acceleration = gravityGain * Math.sin(theta) + Math.fround(torqueGain * push);
        const next = Math.min(Math.max(speed + acceleration * DT, -MAX_SPEED), MAX_SPEED);
        state[i] = theta + next * DT;
        state[n + i] = next;
        const plain = sparse === undefined ? -cost : Math.abs(angle) <= sparse ? 1 : 0;
        reward[i] = rewardScale * plain + (rewardNoise > 0 ? rewardNoise * rngs[i].nextNormal() : 0);
        terminated[i] = 0;
      }
    },
    observe({ state, numEnvs: n }: Batch, out: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        out[3 * i] = Math.cos(state[i]);
        out[3 * i + 1] = Math.sin(state[i]);
        out[3 * i + 2] = state[n + i];
      }
    },
  };
}
