import { oneHotObservation, type VectorEnv } from '@rivulet/envs';

/** An environment as networks want it: discrete observations become one-hot, continuous actions go through the given wrapper. */
export function adaptEnv(env: VectorEnv, continuous: (env: VectorEnv) => VectorEnv): VectorEnv {
  const observed = env.observationSpace.kind === 'discrete' ? oneHotObservation(env) : env;
  return env.actionSpace.kind === 'box' ? continuous(observed) : observed;
}
