import { disposeTree, Rng, type Snapshot, type Tree, treeFromSnapshot } from '@rivulet/engine';

/** Weights that a checkpoint keeps beside the loop, as new tensors of the form that `init` gives. */
export function frozenTree(init: (rng: Rng) => Tree, snapshot: Snapshot): Tree {
  const form = init(Rng.fromSeed(0));
  try {
    return treeFromSnapshot(form, snapshot);
  } finally {
    disposeTree(form);
  }
}
