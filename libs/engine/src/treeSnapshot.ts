import { fromTensor, type NdArray } from './ndarray.js';
import type { Snapshot } from './snapshot.js';
import { treeLeaves, type Tree } from './tree.js';

/**
 * A tree of tensors as arrays by path; {@link treeFromSnapshot} is the way back.
 * @throws when two leaves have one path (a key with a slash), or a tensor is neither of numbers nor of booleans.
 */
export async function treeSnapshot(tree: Tree): Promise<Snapshot> {
  const leaves = treeLeaves(tree);
  const twice = leaves.find((leaf, i) => leaves.findIndex((other) => other.path === leaf.path) !== i);
  if (twice !== undefined) throw new Error(`treeSnapshot: two tensors have the path '${twice.path}': a key must not contain a slash`);
  const arrays = await Promise.all(leaves.map(async ({ path, tensor }): Promise<[string, NdArray]> => [path, await fromTensor(tensor)]));
  return { arrays: Object.fromEntries(arrays), data: {} };
}
