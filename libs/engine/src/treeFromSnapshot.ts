import { type NdArray, toTensor } from './ndarray.js';
import type { Snapshot } from './snapshot.js';
import type { tf } from './tf.js';
import { type Leaf, tidyTree, treeFrom, treeLeaves, type Tree } from './tree.js';

function few(paths: readonly string[]): string {
  return paths.slice(0, 5).map((path) => `'${path}'`).join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '');
}

function isWhole(dtype: string): boolean {
  return dtype !== 'float32' && dtype !== 'float64';
}

function check({ path, tensor }: Leaf, array: NdArray): void {
  if (array.shape.length !== tensor.shape.length || array.shape.some((size, i) => size !== tensor.shape[i])) {
    throw new Error(`treeFromSnapshot: '${path}' has the shape [${array.shape.join(', ')}], but the structure needs [${tensor.shape.join(', ')}]`);
  }
  if (isWhole(array.dtype) !== isWhole(tensor.dtype)) throw new Error(`treeFromSnapshot: '${path}' holds ${array.dtype}, but the structure needs ${tensor.dtype}`);
}

function upload({ tensor }: Leaf, array: NdArray): tf.Tensor {
  // A copy: some backends keep the given memory, and the snapshot's owner may write to it.
  const uploaded = toTensor({ ...array, data: array.data.slice() } as NdArray);
  return tensor.dtype === 'bool' ? uploaded.toBool() : uploaded;
}

/**
 * The tree that {@link treeSnapshot} stored, as new tensors; `structure` (such as freshly initialised parameters) gives
 * the paths, shapes and types, its values are not used.
 * @throws when paths are missing or left over, or a shape or type differs, naming them.
 */
export function treeFromSnapshot<T extends Tree>(structure: T, snapshot: Snapshot): T {
  const leaves = treeLeaves(structure);
  const missing = leaves.filter(({ path }) => !Object.hasOwn(snapshot.arrays, path)).map(({ path }) => path);
  if (missing.length > 0) throw new Error(`treeFromSnapshot: the snapshot lacks ${few(missing)}`);
  const known = new Set(leaves.map(({ path }) => path));
  const extra = Object.keys(snapshot.arrays).filter((path) => !known.has(path));
  if (extra.length > 0) throw new Error(`treeFromSnapshot: the snapshot has ${few(extra)}, which the structure lacks`);
  for (const leaf of leaves) check(leaf, snapshot.arrays[leaf.path]);
  return tidyTree(() =>
    treeFrom(
      structure,
      leaves.map((leaf) => upload(leaf, snapshot.arrays[leaf.path])),
    ),
  );
}
