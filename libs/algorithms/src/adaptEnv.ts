import { oneHotObservation, type VectorEnv } from '@rivulet/envs';
import type { ActionAdapter } from './actionAdapter.js';

/** An environment as networks want it: discrete observations become one-hot, continuous actions are adapted. */
export function adaptEnv(env: VectorEnv, continuous: ActionAdapter): VectorEnv {
  const observed = env.observationSpace.kind === 'discrete' ? oneHotObservation(env) : env;
  return env.actionSpace.kind === 'box' ? continuous.wrap(observed) : observed;
}
