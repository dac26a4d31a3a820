import type { NdArray, Snapshot } from '@rivulet/engine';

function sameArray(a: NdArray, b: NdArray): boolean {
  return a.dtype === b.dtype && a.shape.join() === b.shape.join() && a.data.every((value, i) => Object.is(value, b.data[i]));
}

/** The first entry in which two snapshots differ, or undefined where they are the same to the last bit. */
export function snapshotDifference(a: Snapshot, b: Snapshot): string | undefined {
  const paths = [...new Set([...Object.keys(a.arrays), ...Object.keys(b.arrays)])].sort();
  const path = paths.find((name) => a.arrays[name] === undefined || b.arrays[name] === undefined || !sameArray(a.arrays[name], b.arrays[name]));
  if (path !== undefined) return path;
  const names = [...new Set([...Object.keys(a.data), ...Object.keys(b.data)])].sort();
  return names.find((name) => JSON.stringify(a.data[name]) !== JSON.stringify(b.data[name]));
}
