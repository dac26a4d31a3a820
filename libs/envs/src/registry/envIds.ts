import { knownIds } from './entries.js';

/** The ids that `makeEnv` and `makeVectorEnv` know, sorted. */
export function envIds(): string[] {
  return knownIds().sort();
}
