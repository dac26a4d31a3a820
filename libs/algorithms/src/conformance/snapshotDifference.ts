import type { NdArray, Snapshot } from '@rivulet/engine';

function sameArray(a: NdArray, b: NdArray, tolerance: number): boolean {
  const same = (x: number, y: number): boolean => Object.is(x, y) || Math.abs(x - y) < tolerance * (1 + Math.abs(x));
  return a.dtype === b.dtype && a.shape.join() === b.shape.join() && a.data.every((value, i) => same(value, b.data[i]));
}

/**
 * The first entry in which two snapshots differ, or undefined where they are the same.
 * @param tolerance of numbers in arrays, relative to 1 + |a|; 0, the default, means to the last bit.
 */
export function snapshotDifference(a: Snapshot, b: Snapshot, tolerance = 0): string | undefined {
  const paths = [...new Set([...Object.keys(a.arrays), ...Object.keys(b.arrays)])].sort();
  const path = paths.find((name) => a.arrays[name] === undefined || b.arrays[name] === undefined || !sameArray(a.arrays[name], b.arrays[name], tolerance));
  if (path !== undefined) return path;
  const names = [...new Set([...Object.keys(a.data), ...Object.keys(b.data)])].sort();
  return names.find((name) => JSON.stringify(a.data[name]) !== JSON.stringify(b.data[name]));
}
