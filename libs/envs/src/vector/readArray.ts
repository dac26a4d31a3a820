import type { DType, Snapshot, TypedArrays } from '@rivulet/engine';

/** The data of a named array of a snapshot. @throws when it is missing, or of another type or length, naming the entry. */
export function readArray<D extends DType>(snapshot: Snapshot, name: string, dtype: D, length: number, owner: string): TypedArrays[D] {
  const array = snapshot.arrays[name];
  if (array === undefined) throw new Error(`${owner}: the snapshot has no array '${name}'`);
  if (array.dtype !== dtype || array.data.length !== length) {
    throw new Error(`${owner}: the snapshot's '${name}' has ${array.data.length} ${array.dtype} numbers, expected ${length} ${dtype}`);
  }
  return array.data as TypedArrays[D];
}
