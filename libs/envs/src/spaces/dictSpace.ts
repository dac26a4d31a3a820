import type { Rng } from '@rivulet/engine';
import type { DictSpace, Space } from '../space.js';

/** A value of each of the named spaces. Keys are sorted, so that their order in the source does not change what is drawn. */
export function dictSpace(spaces: { readonly [key: string]: Space }): DictSpace {
  const keys = Object.keys(spaces).sort();
  const parts = Object.fromEntries(keys.map((key) => [key, spaces[key]]));
  return {
    kind: 'dict',
    spaces: parts,
    sample: (rng: Rng): { [key: string]: unknown } => Object.fromEntries(keys.map((key) => [key, parts[key].sample(rng)])),
    contains(value: unknown): value is { [key: string]: unknown } {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const record = value as { [key: string]: unknown };
      return Object.keys(record).length === keys.length && keys.every((key) => Object.hasOwn(record, key) && parts[key].contains(record[key]));
    },
  };
}
