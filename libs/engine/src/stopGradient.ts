import { offTape } from './offTape.js';
import { tf } from './tf.js';
import { treeMap } from './tree.js';
import type { Tree } from './tree.js';

/**
 * The same values, constant to derivatives of every order: sg(x). Nothing upstream of it is differentiated, so it costs no backward pass either.
 * @param tree a tensor or a tree of tensors, any shapes.
 */
export function stopGradient<T extends Tree>(tree: T): T {
  return treeMap((x) => offTape(() => tf.clone(x)), tree);
}
