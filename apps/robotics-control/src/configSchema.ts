import type { z } from 'zod';
import { algorithms } from './algorithms.js';
import { type AlgorithmName, runConfig } from './runConfig.js';

/** The whole config of a run with this algorithm, its settings included: what `config.json` holds. */
export function configSchema(algorithm: AlgorithmName): z.ZodObject {
  return runConfig.extend({ settings: algorithms[algorithm].schema });
}
