import { disposeTree, type Packed, type Snapshot, treeSnapshot, type Tree } from '@rivulet/engine';

/** A packed tree as arrays by path, like `treeSnapshot`; `packedFromSnapshot` is the way back. */
export async function packedSnapshot(packed: Packed<Tree>): Promise<Snapshot> {
  const tensors = packed.toTensors() as Tree;
  const snapshot = await treeSnapshot(tensors);
  disposeTree(tensors);
  return snapshot;
}
