import { tf } from './tf.js';
import { treeTensors } from './tree.js';
import type { Tree } from './tree.js';

/**
 * The inner product of two trees of one structure, Σ aᵢ·bᵢ over all leaves and elements.
 * @throws when the trees have different numbers of leaves.
 */
export function treeDot(a: Tree, b: Tree): tf.Scalar {
  const [left, right] = [treeTensors(a), treeTensors(b)];
  if (left.length !== right.length) throw new Error(`treeDot: the trees have ${left.length} and ${right.length} leaves`);
  return tf.tidy(() => left.reduce<tf.Scalar>((total, x, i) => total.add(x.mul(right[i]).sum()), tf.scalar(0)));
}
