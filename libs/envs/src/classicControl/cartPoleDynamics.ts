import type { Rows } from '../env.js';
import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { Batch } from '../vector/batch.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import type { EnvDefinition } from '../vector/envDefinition.js';
import type { CartPoleOptions } from './cartPoleOptions.js';

const TAU = 0.02;
const X_LIMIT = 2.4;
const ANGLE_LIMIT = (12 * 2 * Math.PI) / 360;

/** The equations of `cartPole` and `cartPoleContinuous`, which differ in their actions. */
export function cartPoleDynamics<A extends BatchSpace>(id: string, actionSpace: A, options: CartPoleOptions): EnvDefinition<Box, A> {
  const { length = 0.5, mass = 0.1, cartMass = 1, gravity = 9.8, force: push = 10, forceNoise = 0, suttonBartoReward = false, maxSteps = 500 } = options;
  const totalMass = mass + cartMass;
  const poleMassLength = mass * length;
  const endReward = suttonBartoReward ? -1 : 1;
  const stepReward = suttonBartoReward ? 0 : 1;
  const continuous = actionSpace.kind === 'box';
  const high = [2 * X_LIMIT, Infinity, 2 * ANGLE_LIMIT, Infinity];

  return {
    id,
    observationSpace: box({ low: high.map((x) => -x), high }),
    actionSpace,
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
        let force = continuous ? push * actions[i] : actions[i] === 1 ? push : -push;
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
