import type { Snapshot } from '@rivulet/engine';

/** The first array of a snapshot that holds NaN or an infinity. */
export function nonFinite(snapshot: Snapshot): string | undefined {
  return Object.keys(snapshot.arrays).find((path) => !snapshot.arrays[path].data.every(Number.isFinite));
}
