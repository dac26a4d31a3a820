import { builtInEnvs } from '../registry.js';
import type { EnvEntry } from './envEntry.js';
import { nearestName } from './nearestName.js';

/** What `registerEnv` added in this process. */
export const registered = new Map<string, EnvEntry>();

/** The ids that come with the library, then those registered. */
export function knownIds(): string[] {
  return [...Object.keys(builtInEnvs), ...registered.keys()];
}

/** @throws for an unknown id, naming the nearest one. */
export function findEntry(id: string): EnvEntry {
  if (Object.hasOwn(builtInEnvs, id)) return { id, definition: builtInEnvs[id] };
  const entry = registered.get(id);
  if (entry === undefined) throw new Error(`unknown environment '${id}'; the nearest id is '${nearestName(id, knownIds())}'`);
  return entry;
}
