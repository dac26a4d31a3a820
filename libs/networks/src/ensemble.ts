import { disposeTree, tf, type Tree, treeFrom, treeMap, treeTensors } from '@rivulet/engine';
import type { Module } from './module.js';

/** The members' trees of a tree whose leaves have a leading member axis. */
function unstackTree<P extends Tree>(tree: P, members: number): P[] {
  const leaves = treeTensors(tree).map((leaf) => {
    if (leaf.shape[0] !== members) throw new Error(`ensemble: expected ${members} members along the first axis, got the shape [${leaf.shape.join(', ')}]`);
    return tf.unstack(leaf);
  });
  return Array.from({ length: members }, (_, m) => treeFrom(tree, leaves.map((rows) => rows[m])));
}

/**
 * M modules of one structure with parameters of their own, kept as one tree whose leaves have a leading member axis [M, ...].
 * Every member sees the same input, and the outputs are stacked: In to [M, ...out]. With `ownInput` each member sees its
 * own: the leaves of the input have the member axis too.
 *
 * The members are evaluated one after another, which on wasm is several times faster than one batched product (critics 23-256-256-1,
 * 256 rows, two members: forward 5 against 26 ms, with gradients 20 against 94 ms; five: 8 against 62, and 47 against 280).
 * @throws when the number of members is not a positive integer, and where a leaf has another number of them.
 */
export function ensemble<In, P extends Tree>(
  module: Module<In, tf.Tensor, P>,
  members: number,
  options: { readonly ownInput?: boolean } = {},
): Module<In, tf.Tensor, P> {
  if (!Number.isInteger(members) || members < 1) throw new Error(`ensemble: members must be a positive integer, got ${members}`);
  return {
    init: (rng) => {
      const trees = rng.split(members).map((stream) => module.init(stream));
      const stacked = treeMap((...leaves) => tf.stack(leaves), trees[0], ...trees.slice(1));
      disposeTree(...trees);
      return stacked;
    },
    apply: (parameters, input) =>
      tf.tidy(() => {
        const inputs = options.ownInput === true ? (unstackTree(input as Tree, members) as In[]) : undefined;
        return tf.stack(unstackTree(parameters, members).map((member, m) => module.apply(member, inputs === undefined ? input : inputs[m])));
      }),
  };
}
