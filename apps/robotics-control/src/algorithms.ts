import { a2c, a2cConfig, type Algorithm, dqn, dqnConfig, ppo, ppoConfig, sac, sacConfig, td3, td3Config } from '@rivulet/algorithms';
import type { z } from 'zod';
import type { AlgorithmName } from './runConfig.js';

/** An algorithm by name: its settings, and how to make it of them. */
export interface AlgorithmEntry {
  readonly schema: z.ZodObject;
  readonly description: string;
  /** @throws when the settings do not fit the schema. */
  make(settings: { readonly [key: string]: unknown }): Algorithm;
}

/** The algorithms that `rivulet run` knows. */
export const algorithms: { readonly [name in AlgorithmName]: AlgorithmEntry } = {
  ppo: { schema: ppoConfig, description: 'proximal policy optimization; any actions', make: (settings) => ppo(settings) },
  a2c: { schema: a2cConfig, description: 'synchronous advantage actor-critic; any actions', make: (settings) => a2c(settings) },
  dqn: { schema: dqnConfig, description: 'deep Q-network with double, dueling, prioritised and n-step options; discrete actions', make: (settings) => dqn(settings) },
  sac: { schema: sacConfig, description: 'soft actor-critic with fixed or learned temperature; continuous actions', make: (settings) => sac(settings) },
  td3: { schema: td3Config, description: 'twin delayed deep deterministic policy gradient; continuous actions', make: (settings) => td3(settings) },
};
