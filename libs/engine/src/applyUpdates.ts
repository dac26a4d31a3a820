import { tf } from './tf.js';
import { treeMap, type Tree } from './tree.js';

/**
 * parameters + updates, leaf by leaf: new tensors of the parameters' shapes.
 * @throws when the trees differ in structure.
 */
export function applyUpdates<P extends Tree>(parameters: P, updates: Tree): P {
  return treeMap((parameter, update) => tf.add(parameter, update), parameters, updates);
}
