import type { NdArray } from './ndarray.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Everything that something needs to continue exactly: named arrays, and plain JSON for the rest. */
export interface Snapshot {
  readonly arrays: { readonly [path: string]: NdArray };
  readonly data: { readonly [key: string]: Json };
}

/** What can be stopped and continued: after `restore(await snapshot())` it behaves as if it had never stopped. */
export interface Snapshotable {
  /** A copy: later changes of the object do not reach it. */
  snapshot(): Snapshot | Promise<Snapshot>;
  /** @throws when the snapshot does not fit, naming the entry. */
  restore(snapshot: Snapshot): void | Promise<void>;
}

/**
 * Joins snapshots under names: arrays get the prefix `name/`, data become one entry per name.
 * @throws when one name is a folder of another (`a` and `a/b`): their arrays could not be told apart.
 */
export function joinSnapshots(parts: { readonly [name: string]: Snapshot }): Snapshot {
  const entries = Object.entries(parts);
  for (const [name] of entries) {
    // Only names with a slash can lie in another: the others cost nothing.
    const outer = name.includes('/') ? entries.find(([other]) => name.startsWith(`${other}/`)) : undefined;
    if (outer !== undefined) throw new Error(`joinSnapshots: '${name}' lies inside '${outer[0]}': give it another name`);
  }
  return {
    arrays: Object.fromEntries(entries.flatMap(([name, part]) => Object.entries(part.arrays).map(([path, array]) => [`${name}/${path}`, array]))),
    data: Object.fromEntries(entries.map(([name, part]) => [name, part.data])),
  };
}

/**
 * The part that {@link joinSnapshots} stored under a name.
 * @throws when there is none.
 */
export function snapshotPart(snapshot: Snapshot, name: string): Snapshot {
  const data = Object.hasOwn(snapshot.data, name) ? snapshot.data[name] : undefined;
  if (data === undefined || data === null || typeof data !== 'object' || Array.isArray(data)) {
    throw new Error(`snapshotPart: no part named '${name}'; there are ${Object.keys(snapshot.data).join(', ') || 'none'}`);
  }
  const prefix = `${name}/`;
  const arrays = Object.entries(snapshot.arrays).filter(([path]) => path.startsWith(prefix));
  return { arrays: Object.fromEntries(arrays.map(([path, array]) => [path.slice(prefix.length), array])), data: data as Snapshot['data'] };
}
