import { treeLeaves, type Tree } from '@rivulet/engine';

function describe(tree: Tree): Map<string, string> {
  return new Map(treeLeaves(tree).map(({ path, tensor }) => [path, `${tensor.dtype} [${tensor.shape.join(', ')}]`]));
}

/** What distinguishes the paths, shapes and types of two trees; undefined where they agree. */
export function structureDifference(before: Tree, after: Tree): string | undefined {
  const [old, now] = [describe(before), describe(after)];
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    if (old.get(path) !== now.get(path)) return `'${path}' was ${old.get(path) ?? 'not there'}, and is ${now.get(path) ?? 'not there'}`;
  }
  return undefined;
}
