import type { VectorEnv } from '../env.js';
import { vectorize } from '../vector/vectorize.js';
import { vectorizeEnv } from '../vector/vectorizeEnv.js';
import type { VectorizeOptions } from '../vector/vectorizeOptions.js';
import { findEntry } from './entries.js';

/** N copies of an environment by its id. @throws for an unknown id, naming the nearest one. */
export function makeVectorEnv(id: string, numEnvs: number, options: VectorizeOptions = {}): VectorEnv {
  const entry = findEntry(id);
  if ('definition' in entry) return vectorize(entry.definition, numEnvs, options);
  return entry.vectorEnv?.(numEnvs, options) ?? vectorizeEnv(entry.env, numEnvs, options);
}
