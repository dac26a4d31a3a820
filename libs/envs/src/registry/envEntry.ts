import type { Env, VectorEnv } from '../env.js';
import type { EnvDefinition } from '../vector/envDefinition.js';
import type { VectorizeOptions } from '../vector/vectorizeOptions.js';

/** How a registered environment is made: from a definition, or from a function that makes single copies (and, if there is one, batches). */
export type EnvEntry =
  | { readonly id: string; readonly definition: () => EnvDefinition }
  | {
      readonly id: string;
      /** Makes a single copy, which applies its own time limit. */
      readonly env: () => Env;
      /** Makes a batch. Default: single copies in a loop (`vectorizeEnv`). */
      readonly vectorEnv?: (numEnvs: number, options: VectorizeOptions) => VectorEnv;
      /** The time limit that the environment applies, for `envSpec`. */
      readonly maxEpisodeSteps?: number;
      readonly rewardThreshold?: number;
    };
