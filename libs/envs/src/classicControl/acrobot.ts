import type { Rows } from '../env.js';
import type { Box, Discrete } from '../space.js';
import { box } from '../spaces/box.js';
import { discrete } from '../spaces/discrete.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';

/** What can be changed about {@link acrobot}. */
export interface AcrobotOptions {
  /** Of the torque, uniform in ± this, N·m. Default 0. */
  readonly torqueNoise?: number;
  /** The equations of Sutton and Barto's book, or of the earlier NIPS paper. Default 'book'. */
  readonly dynamics?: 'book' | 'nips';
  /** Default 500. */
  readonly maxSteps?: number;
}

const DT = 0.2;
const GRAVITY = 9.8;
// Both links: mass 1 kg, length 1 m, centre of mass at 0.5 m, moment of inertia 1 kg·m².
const MASS = 1;
const LENGTH = 1;
const CENTRE = 0.5;
const INERTIA = 1;
const MAX_SPEED_1 = 4 * Math.PI;
const MAX_SPEED_2 = 9 * Math.PI;

function wrap(angle: number): number {
  let wrapped = angle;
  while (wrapped > Math.PI) wrapped -= 2 * Math.PI;
  while (wrapped < -Math.PI) wrapped += 2 * Math.PI;
  return wrapped;
}

/** Writes θ̈₁, θ̈₂ into `out` at `at`. */
function accelerate(theta1: number, theta2: number, speed1: number, speed2: number, torque: number, book: boolean, out: Float64Array, at: number): void {
  const cos2 = Math.cos(theta2);
  const sin2 = Math.sin(theta2);
  const d1 = MASS * CENTRE ** 2 + MASS * (LENGTH ** 2 + CENTRE ** 2 + 2 * LENGTH * CENTRE * cos2) + INERTIA + INERTIA;
  const d2 = MASS * (CENTRE ** 2 + LENGTH * CENTRE * cos2) + INERTIA;
  const phi2 = MASS * CENTRE * GRAVITY * Math.cos(theta1 + theta2 - Math.PI / 2);
  const phi1 =
    -MASS * LENGTH * CENTRE * (speed2 * speed2) * sin2 -
    2 * MASS * LENGTH * CENTRE * speed2 * speed1 * sin2 +
    (MASS * CENTRE + MASS * LENGTH) * GRAVITY * Math.cos(theta1 - Math.PI / 2) +
    phi2;
  const coriolis = book ? MASS * LENGTH * CENTRE * (speed1 * speed1) * sin2 : 0;
  const acceleration2 = (torque + (d2 / d1) * phi1 - coriolis - phi2) / (MASS * CENTRE ** 2 + INERTIA - (d2 * d2) / d1);
  out[at] = -(d2 * acceleration2 + phi1) / d1;
  out[at + 1] = acceleration2;
}

/**
 * Acrobot-v1: swing the tip of a two-link pendulum above its bar, by a torque of −1, 0 or 1 N·m (actions 0, 1, 2) on the joint between the links.
 * State: θ₁ (0 hangs down), θ₂ (relative to the first link), θ̇₁, θ̇₂; observation: cos θ₁, sin θ₁, cos θ₂, sin θ₂, θ̇₁, θ̇₂.
 *
 * One fourth-order Runge-Kutta step of 0.2 s; angles wrapped to ±π, speeds bounded by 4π and 9π. Ends when −cos θ₁ − cos(θ₁ + θ₂) > 1;
 * reward −1 a step, 0 at the end; starts uniform in ±0.1 (rounded to float32).
 *
 * Source: Sutton 1996; Sutton and Barto's book; constants of Gymnasium 1.3.0.
 */
export function acrobot(options: AcrobotOptions = {}): EnvDefinition<Box, Discrete> {
  const { torqueNoise = 0, dynamics = 'book', maxSteps = 500 } = options;
  const book = dynamics === 'book';
  const high = [1, 1, 1, 1, MAX_SPEED_1, MAX_SPEED_2];
  // The four slopes of the accelerations; overwritten for every copy.
  const k = new Float64Array(8);

  return {
    id: 'Acrobot-v1',
    observationSpace: box({ low: high.map((x) => -x), high }),
    actionSpace: discrete(3),
    stateSize: 4,
    maxEpisodeSteps: maxSteps,
    rewardThreshold: -100,
    reset({ state, numEnvs: n, rngs }: Batch, copy: number): void {
      for (let c = 0; c < 4; c++) state[c * n + copy] = Math.fround(rngs[copy].nextUniform(-0.1, 0.1));
    },
    step({ state, numEnvs: n, rngs, reward, terminated }: Batch, actions: Rows, from: number, to: number): void {
      const half = DT / 2;
      for (let i = from; i < to; i++) {
        const a = state[i];
        const b = state[n + i];
        const u = state[2 * n + i];
        const v = state[3 * n + i];
        let torque = actions[i] - 1;
        if (torqueNoise > 0) torque += rngs[i].nextUniform(-torqueNoise, torqueNoise);
        accelerate(a, b, u, v, torque, book, k, 0);
        const u2 = u + half * k[0];
        const v2 = v + half * k[1];
        accelerate(a + half * u, b + half * v, u2, v2, torque, book, k, 2);
        const u3 = u + half * k[2];
        const v3 = v + half * k[3];
        accelerate(a + half * u2, b + half * v2, u3, v3, torque, book, k, 4);
        const u4 = u + DT * k[4];
        const v4 = v + DT * k[5];
        accelerate(a + DT * u3, b + DT * v3, u4, v4, torque, book, k, 6);
        const theta1 = wrap(a + (DT / 6) * (u + 2 * u2 + 2 * u3 + u4));
        const theta2 = wrap(b + (DT / 6) * (v + 2 * v2 + 2 * v3 + v4));
        const speed1 = u + (DT / 6) * (k[0] + 2 * k[2] + 2 * k[4] + k[6]);
        const speed2 = v + (DT / 6) * (k[1] + 2 * k[3] + 2 * k[5] + k[7]);
        state[i] = theta1;
        state[n + i] = theta2;
        state[2 * n + i] = Math.min(Math.max(speed1, -MAX_SPEED_1), MAX_SPEED_1);
        state[3 * n + i] = Math.min(Math.max(speed2, -MAX_SPEED_2), MAX_SPEED_2);
        const ended = -Math.cos(theta1) - Math.cos(theta2 + theta1) > 1;
        terminated[i] = ended ? 1 : 0;
        reward[i] = ended ? 0 : -1;
      }
    },
    observe({ state, numEnvs: n }: Batch, out: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        out[6 * i] = Math.cos(state[i]);
        out[6 * i + 1] = Math.sin(state[i]);
        out[6 * i + 2] = Math.cos(state[n + i]);
        out[6 * i + 3] = Math.sin(state[n + i]);
        out[6 * i + 4] = state[2 * n + i];
        out[6 * i + 5] = state[3 * n + i];
      }
    },
  };
}
