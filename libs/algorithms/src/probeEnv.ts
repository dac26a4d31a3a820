import type { Rows, VectorEnv, VectorStep } from '@rivulet/envs';
import type { Spaces } from './algorithm.js';

/** An environment that only shows what was put before it, and keeps what it was given. */
export function probeEnv(spaces: Spaces, observation: Rows, n: number, given: (actions: Rows) => void): VectorEnv {
  const step: VectorStep = { observation, finalObservation: observation, reward: new Float64Array(n), terminated: new Uint8Array(n), truncated: new Uint8Array(n) };
  return {
    id: 'probe',
    numEnvs: n,
    observationSpace: spaces.observation,
    actionSpace: spaces.action,
    autoReset: 'sameStep',
    reset: () => observation,
    step(actions) {
      given(actions.slice());
      return step;
    },
    snapshot: () => ({ arrays: {}, data: {} }),
    restore: () => undefined,
    close: () => undefined,
  };
}
