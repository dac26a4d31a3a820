import type { GradientTransform } from './gradientTransform.js';
import { sizeOf } from './ndarray.js';
import { tf } from './tf.js';
import { tidyTree, treeFrom, treeTensors, type Tree } from './tree.js';

function concatenate(tree: Tree): tf.Tensor {
  const tensors = treeTensors(tree);
  if (tensors.length === 0) throw new Error('flatten: the tree has no tensors');
  return tf.concat(tensors.map((x) => x.reshape([-1])));
}

function divide<P extends Tree>(vector: tf.Tensor, structure: P): P {
  const shapes = treeTensors(structure).map((x) => x.shape);
  const parts = tf.split(vector, shapes.map(sizeOf));
  return treeFrom(
    structure,
    parts.map((part, i) => part.reshape(shapes[i])),
  );
}

/**
 * Runs a transform on one vector `[P]`, all leaves in the order of `treeLeaves`, instead of leaf by leaf: the same
 * numbers from far fewer operations, which is what eager execution of small networks spends its time on.
 * Only for transforms that treat every element alike (all of this library do, except a `weightDecay` that looks at paths).
 *
 * @throws when the tree has no tensors.
 */
export function flatten<S extends Tree>(transform: GradientTransform<S>): GradientTransform<S> {
  return {
    init: (parameters) => tidyTree(() => transform.init(concatenate(parameters))),
    update: <P extends Tree>(gradients: P, state: S, parameters: P) =>
      tidyTree(() => {
        const step = transform.update<tf.Tensor>(concatenate(gradients), state, concatenate(parameters));
        return { updates: divide(step.updates, gradients), state: step.state };
      }),
  };
}
