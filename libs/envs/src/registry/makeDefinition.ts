import type { EnvDefinition } from '../vector/envDefinition.js';
import { findEntry } from './entries.js';

/** The definition of an id. @throws for an unknown id, naming the nearest one, and for an environment that was registered without a definition. */
export function makeDefinition(id: string): EnvDefinition {
  const entry = findEntry(id);
  if (!('definition' in entry)) throw new Error(`makeDefinition: '${id}' was registered without a definition`);
  return entry.definition();
}
