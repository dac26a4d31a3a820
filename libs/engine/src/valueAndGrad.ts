import { tf } from './tf.js';
import { cloneTree, disposeTree, keepTree, tidyTree, treeFrom, treeTensors } from './tree.js';
import type { Tree } from './tree.js';

/** A loss to differentiate, and what it has to report besides (metrics, new running averages...). */
export interface LossWithAux<A extends Tree> {
  readonly loss: tf.Scalar;
  readonly aux: A;
}

/** A loss, what it reported, and its gradient: a tree like the parameters. */
export interface ValueAndGrad<P extends Tree, A extends Tree> extends LossWithAux<A> {
  readonly grads: P;
}

/** No auxiliary outputs. */
export type NoAux = Readonly<Record<string, never>>;

function split(result: tf.Scalar | LossWithAux<Tree>): LossWithAux<Tree> {
  const { loss, aux } = result instanceof tf.Tensor ? { loss: result, aux: {} } : result;
  if (!(loss instanceof tf.Tensor) || loss.rank !== 0) {
    const got = loss instanceof tf.Tensor ? `the shape [${(loss as tf.Tensor).shape.join(', ')}]` : typeof loss;
    throw new Error(`valueAndGrad: the loss must be a scalar tensor, got ${got}; reduce it with mean or sum`);
  }
  return { loss, aux };
}

/**
 * Makes a function of a loss that returns its value, its auxiliary outputs and its gradient.
 *
 *     const { loss, aux, grads } = valueAndGrad((parameters, batch) => ({ loss, aux: { entropy } }))(parameters, batch);
 *
 * The loss is a function of plain tensors: its first argument is differentiated, the others are handed on. A parameter that the loss does not reach has a
 * gradient of zeros. Right to every order: use it inside the loss of another one for second derivatives. Only the argument is differentiated: the same
 * tensor reached from outside, by closure, counts as a constant of this derivative (and not of an outer one).
 *
 * The caller owns the results (or the `tf.tidy` around the call); every other tensor that the loss makes is freed.
 *
 * @param lossOf returns a scalar, or a scalar `loss` with a tree `aux`.
 * @throws when the loss is no scalar, or the parameters hold no tensor.
 */
export function valueAndGrad<P extends Tree, X extends unknown[]>(lossOf: (parameters: P, ...inputs: X) => tf.Scalar): (parameters: P, ...inputs: X) => ValueAndGrad<P, NoAux>;
export function valueAndGrad<P extends Tree, A extends Tree, X extends unknown[]>(
  lossOf: (parameters: P, ...inputs: X) => LossWithAux<A>,
): (parameters: P, ...inputs: X) => ValueAndGrad<P, A>;
export function valueAndGrad<P extends Tree, X extends unknown[]>(
  lossOf: (parameters: P, ...inputs: X) => tf.Scalar | LossWithAux<Tree>,
): (parameters: P, ...inputs: X) => ValueAndGrad<P, Tree> {
  return (parameters, ...inputs) => {
    return tidyTree(() => {
      // Own tensors, so that one that stands twice in the tree, or is also used from outside, gets the derivative of its place alone.
      const own = cloneTree(parameters);
      const leaves = treeTensors(own);
      if (leaves.length === 0) throw new Error('valueAndGrad: the parameters hold no tensor to differentiate by');
      let kept: Tree = {};
      const forward = (): tf.Scalar => {
        const { loss, aux } = split(lossOf(own, ...inputs));
        kept = keepTree(cloneTree(aux));
        return loss;
      };
      const { value, grads } = tf.engine().gradients(forward, leaves, undefined, true);
      const aux = cloneTree(kept);
      disposeTree(kept);
      const all = leaves.map((leaf, i) => (grads[i] as tf.Tensor | undefined) ?? tf.zeros(leaf.shape));
      return { loss: value.clone(), aux, grads: treeFrom(parameters, all) };
    });
  };
}
