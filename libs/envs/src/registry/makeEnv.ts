import type { Env } from '../env.js';
import { toEnv } from '../vector/toEnv.js';
import type { VectorizeOptions } from '../vector/vectorizeOptions.js';
import { findEntry } from './entries.js';

/** A single copy of an environment by its id. Options apply to environments with a definition only. @throws for an unknown id, naming the nearest one. */
export function makeEnv(id: string, options: Omit<VectorizeOptions, 'autoReset'> = {}): Env {
  const entry = findEntry(id);
  return 'definition' in entry ? (toEnv(entry.definition, options) as Env) : entry.env();
}
