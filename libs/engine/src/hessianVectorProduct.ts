import type { tf } from './tf.js';
import { treeDot } from './treeDot.js';
import { tidyTree, treeMap } from './tree.js';
import type { Tree } from './tree.js';
import { valueAndGrad } from './valueAndGrad.js';

/** How {@link hessianVectorProduct} is conditioned. */
export interface HessianVectorProductOptions {
  /** λ ≥ 0 in (H + λI)·v; 0 by default. */
  readonly damping?: number;
}

/**
 * (H + λI)·v, where H is the Hessian of a scalar function at some parameters: the gradient of ⟨∇f(θ), v⟩, two backward passes and no matrix
 * (Pearlmutter, "Fast exact multiplication by the Hessian", 1994).
 *
 * With f(θ) = mean KL(sg(π) ‖ π_θ) it is the Fisher-vector product of natural gradients and TRPO.
 *
 * @param f a scalar function of the parameters, differentiable twice.
 * @param vector a tree like the parameters.
 * @returns a tree like the parameters; zeros where the gradient does not depend on a parameter.
 * @throws when f is no scalar, or the trees differ.
 */
export function hessianVectorProduct<P extends Tree>(f: (parameters: P) => tf.Scalar, parameters: P, vector: P, { damping = 0 }: HessianVectorProductOptions = {}): P {
  return tidyTree(() => {
    const slope = valueAndGrad((at: P) => treeDot(valueAndGrad(f)(at).grads, vector));
    return treeMap((product, v) => product.add(v.mul(damping)), slope(parameters).grads, vector);
  });
}
