import type { EnvEntry } from './envEntry.js';
import { knownIds, registered } from './entries.js';

/** Makes an environment known to `makeEnv`, `makeVectorEnv` and `envSpec` in this process. @throws when the id is taken. */
export function registerEnv(entry: EnvEntry): void {
  if (knownIds().includes(entry.id)) throw new Error(`registerEnv: the id '${entry.id}' is taken`);
  registered.set(entry.id, entry);
}
