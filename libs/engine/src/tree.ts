import { tf } from './tf.js';

/** A tensor, or a record or list of trees. Parameters, optimizer states and batches are trees. */
export type Tree = tf.Tensor | { readonly [key: string]: Tree } | readonly Tree[];

/** One tensor of a tree with its path, for instance `actor/layers/0/kernel`. */
export interface Leaf {
  readonly path: string;
  readonly tensor: tf.Tensor;
}

function isTensor(tree: Tree): tree is tf.Tensor {
  return tree instanceof tf.Tensor;
}

function isRecord(tree: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false;
  const prototype: unknown = Object.getPrototypeOf(tree);
  return prototype === Object.prototype || prototype === null;
}

function children(tree: Exclude<Tree, tf.Tensor>, path = ''): [string, Tree][] {
  if (!Array.isArray(tree) && !isRecord(tree)) {
    const what = tree === null ? 'null' : typeof tree === 'object' ? (tree as object).constructor.name : typeof tree;
    throw new Error(`tree: '${path}' is ${what}; a tree is made of tensors, records and lists`);
  }
  if (Array.isArray(tree)) return tree.map((child, index): [string, Tree] => [String(index), child as Tree]);
  return Object.keys(tree)
    .sort()
    .map((key): [string, Tree] => [key, (tree as { [key: string]: Tree })[key]]);
}

/**
 * The leaves in a fixed order: record keys sorted, list items by index.
 * @throws when something is neither tensor nor record nor list, naming its path.
 */
export function treeLeaves(tree: Tree, prefix = ''): Leaf[] {
  if (isTensor(tree)) return [{ path: prefix, tensor: tree }];
  return children(tree, prefix).flatMap(([key, child]) => treeLeaves(child, prefix === '' ? key : `${prefix}/${key}`));
}

/** The tensors of a tree, in the order of {@link treeLeaves}. */
export function treeTensors(tree: Tree): tf.Tensor[] {
  return treeLeaves(tree).map((leaf) => leaf.tensor);
}

/** A tree of the same structure whose leaves are taken from a list in the order of {@link treeLeaves}. */
export function treeFrom<T extends Tree>(structure: T, tensors: readonly tf.Tensor[]): T {
  let next = 0;
  const build = (tree: Tree): Tree => {
    if (isTensor(tree)) {
      if (next >= tensors.length) throw new Error(`treeFrom: ${tensors.length} tensors are too few for the structure`);
      return tensors[next++];
    }
    const built = children(tree).map(([key, child]): [string, Tree] => [key, build(child)]);
    return Array.isArray(tree) ? built.map(([, child]) => child) : Object.fromEntries(built);
  };
  const result = build(structure) as T;
  if (next !== tensors.length) throw new Error(`treeFrom: the structure has ${next} leaves, but ${tensors.length} tensors were given`);
  return result;
}

/**
 * Applies a function leaf by leaf to trees of one structure.
 * @throws when the trees differ in structure, naming the first path that differs.
 */
export function treeMap<T extends Tree>(f: (...leaves: tf.Tensor[]) => tf.Tensor, tree: T, ...rest: Tree[]): T {
  const first = treeLeaves(tree);
  const others = rest.map((other) => treeLeaves(other));
  for (const other of others) {
    const differs = first.findIndex((leaf, i) => other[i]?.path !== leaf.path);
    const at = differs >= 0 ? differs : other.length > first.length ? first.length : -1;
    if (at >= 0) throw new Error(`treeMap: the trees differ at '${first[at]?.path ?? other[at]?.path}'`);
  }
  return treeFrom(
    tree,
    first.map((leaf, i) => f(leaf.tensor, ...others.map((other) => other[i].tensor))),
  );
}

/** Frees every tensor of the given trees. */
export function disposeTree(...trees: Tree[]): void {
  for (const tree of trees) tf.dispose(treeTensors(tree));
}

/** Marks the tensors of a tree to survive the `tf.tidy` that made them. */
export function keepTree<T extends Tree>(tree: T): T {
  for (const tensor of treeTensors(tree)) tf.keep(tensor);
  return tree;
}

/** A copy whose tensors can be disposed apart from the original's (the data are shared until then). */
export function cloneTree<T extends Tree>(tree: T): T {
  return treeMap((x) => x.clone(), tree);
}

/** `tf.tidy` for a function that returns trees in a record: frees every tensor made inside that is not in the result. */
export function tidyTree<T extends object>(f: () => T): T {
  return tf.tidy(f as () => tf.TensorContainer) as T;
}
