import { disposeTree, pack, type Packed, type Snapshot, type Tree, treeFromSnapshot } from '@rivulet/engine';

/**
 * The packed tree that `packedSnapshot` stored.
 * @throws when the snapshot is not of the structure's form, naming the tensor.
 */
export function packedFromSnapshot(structure: Packed<Tree>, snapshot: Snapshot): Packed<Tree> {
  const form = structure.toTensors() as Tree;
  try {
    const tensors = treeFromSnapshot(form, snapshot);
    const packed = pack<Tree>(tensors);
    disposeTree(tensors);
    return packed;
  } finally {
    disposeTree(form);
  }
}
