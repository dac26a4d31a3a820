import { makeVectorEnv, type VectorEnv } from '@rivulet/envs';

/** The environment of a run, as it comes: the algorithm adapts it. */
export function makeEnv(id: string, numEnvs: number): VectorEnv {
  return makeVectorEnv(id, numEnvs, { autoReset: 'sameStep' });
}
