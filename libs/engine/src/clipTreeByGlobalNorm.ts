import { globalNorm } from './globalNorm.js';
import { tf } from './tf.js';
import { tidyTree, treeMap, type Tree } from './tree.js';

/**
 * Shrinks a tree to a global norm of at most `maxNorm`, keeping its direction: x·maxNorm / max(‖x‖, maxNorm).
 * A zero tree stays zero. `norm` is the norm before, a scalar: a useful metric.
 *
 * Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks" (2013), algorithm 1.
 *
 * @throws when `maxNorm` is not positive.
 */
export function clipTreeByGlobalNorm<P extends Tree>(tree: P, maxNorm: number): { readonly clipped: P; readonly norm: tf.Scalar } {
  if (!(maxNorm > 0)) throw new Error(`clipTreeByGlobalNorm: maxNorm must be positive, got ${maxNorm}`);
  return tidyTree(() => {
    const norm = globalNorm(tree);
    const factor = tf.div(maxNorm, tf.maximum(norm, maxNorm));
    return { clipped: treeMap((x) => x.mul(factor), tree), norm };
  });
}
