import type { Rows } from '../env.js';
import type { Box, Discrete } from '../space.js';
import { box } from '../spaces/box.js';
import { discrete } from '../spaces/discrete.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';

/** What can be changed about {@link cartPole}. */
export interface CartPoleOptions {
  /** Half the pole's length, m. Default 0.5. */
  readonly length?: number;
  /** Of the pole, kg. Default 0.1. */
  readonly mass?: number;
  /** Of the cart, kg. Default 1. */
  readonly cartMass?: number;
  /** m/s². Default 9.8. */
  readonly gravity?: number;
  /** Size of the push, N. Default 10. */
  readonly force?: number;
  /** Standard deviation of the normal noise on the push, N. Default 0. */
  readonly forceNoise?: number;
  /** 0 a step and −1 at the end, instead of 1 a step (Gymnasium's `sutton_barto_reward`). Default false. */
  readonly suttonBartoReward?: boolean;
  /** Default 500. */
  readonly maxSteps?: number;
}

const TAU = 0.02;
const X_LIMIT = 2.4;
const ANGLE_LIMIT = (12 * 2 * Math.PI) / 360;

/**
 * CartPole-v1: keep a pole upright on a cart pushed left (action 0) or right (1). State and observation: x, ẋ, θ, θ̇.
 *
 * temp = (F + m l θ̇² sin θ) / M, θ̈ = (g sin θ − cos θ · temp) / (l (4/3 − m cos² θ / M)), ẍ = temp − m l θ̈ cos θ / M,
 * with M the total mass; Euler steps of 0.02 s. Ends beyond |x| > 2.4 m or |θ| > 12°; reward 1 a step; starts uniform in ±0.05.
 *
 * Source: Barto, Sutton and Anderson 1983; equations and constants of Gymnasium 1.3.0.
 */
export function cartPole(options: CartPoleOptions = {}): EnvDefinition<Box, Discrete> {
  const { length = 0.5, mass = 0.1, cartMass = 1, gravity = 9.8, force: push = 10, forceNoise = 0, suttonBartoReward = false, maxSteps = 500 } = options;
  const totalMass = mass + cartMass;
  const poleMassLength = mass * length;
  const endReward = suttonBartoReward ? -1 : 1;
  const stepReward = suttonBartoReward ? 0 : 1;
  const high = [2 * X_LIMIT, Infinity, 2 * ANGLE_LIMIT, Infinity];

  return {
    id: 'CartPole-v1',
    observationSpace: box({ low: high.map((x) => -x), high }),
    actionSpace: discrete(2),
    stateSize: 4,
    maxEpisodeSteps: maxSteps,
    rewardThreshold: 475,
    reset({ state, numEnvs: n, rngs }: Batch, copy: number): void {
      for (let k = 0; k < 4; k++) state[k * n + copy] = rngs[copy].nextUniform(-0.05, 0.05);
    },
    step({ state, numEnvs: n, rngs, reward, terminated }: Batch, actions: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        let x = state[i];
        let xDot = state[n + i];
        let theta = state[2 * n + i];
        let thetaDot = state[3 * n + i];
        let force = actions[i] === 1 ? push : -push;
        if (forceNoise > 0) force += forceNoise * rngs[i].nextNormal();
        const cos = Math.cos(theta);
        const sin = Math.sin(theta);
        const temp = (force + poleMassLength * (thetaDot * thetaDot) * sin) / totalMass;
        const thetaAcc = (gravity * sin - cos * temp) / (length * (4 / 3 - (mass * (cos * cos)) / totalMass));
        const xAcc = temp - (poleMassLength * thetaAcc * cos) / totalMass;
        x += TAU * xDot;
        xDot += TAU * xAcc;
        theta += TAU * thetaDot;
        thetaDot += TAU * thetaAcc;
        state[i] = x;
        state[n + i] = xDot;
        state[2 * n + i] = theta;
        state[3 * n + i] = thetaDot;
        const ended = x < -X_LIMIT || x > X_LIMIT || theta < -ANGLE_LIMIT || theta > ANGLE_LIMIT;
        terminated[i] = ended ? 1 : 0;
        reward[i] = ended ? endReward : stepReward;
      }
    },
    observe({ state, numEnvs: n }: Batch, out: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        out[4 * i] = state[i];
        out[4 * i + 1] = state[n + i];
        out[4 * i + 2] = state[2 * n + i];
        out[4 * i + 3] = state[3 * n + i];
      }
    },
  };
}
