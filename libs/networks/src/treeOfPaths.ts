import type { tf, Tree } from '@rivulet/engine';

/** The tree whose leaves have the given paths, as {@link treeLeaves} names them; where all keys of a node are numbers it is a list. */
export function treeOfPaths(leaves: readonly (readonly [path: string, tensor: tf.Tensor])[]): Tree {
  if (leaves.length === 1 && leaves[0][0] === '') return leaves[0][1];
  const groups = new Map<string, [string, tf.Tensor][]>();
  for (const [path, tensor] of leaves) {
    const [first, ...rest] = path.split('/');
    groups.set(first, [...(groups.get(first) ?? []), [rest.join('/'), tensor]]);
  }
  const children = [...groups].map(([key, inner]): [string, Tree] => [key, treeOfPaths(inner)]);
  if (!children.every(([key]) => /^\d+$/.test(key))) return Object.fromEntries(children);
  return children.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}
