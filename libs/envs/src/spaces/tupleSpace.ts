import type { Rng } from '@rivulet/engine';
import type { Space, TupleSpace } from '../space.js';

/** A value of each of the given spaces, in order. */
export function tupleSpace(spaces: readonly Space[]): TupleSpace {
  const parts = [...spaces];
  return {
    kind: 'tuple',
    spaces: parts,
    sample: (rng: Rng): unknown[] => parts.map((part) => part.sample(rng)),
    contains: (value: unknown): value is unknown[] =>
      Array.isArray(value) && value.length === parts.length && parts.every((part, i) => part.contains(value[i])),
  };
}
