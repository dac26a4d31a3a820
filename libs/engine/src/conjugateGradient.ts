import { tf } from './tf.js';
import { treeDot } from './treeDot.js';
import { tidyTree, treeMap } from './tree.js';
import type { Tree } from './tree.js';

/** When {@link conjugateGradient} stops, and how it is conditioned. */
export interface ConjugateGradientOptions {
  /** Products with the matrix; 10 by default, the usual number for TRPO. */
  readonly iterations?: number;
  /** The solution is left as it is once ‖b - A·x‖ ≤ tolerance·‖b‖; 1e-6 by default, about what float32 can reach. */
  readonly tolerance?: number;
  /** λ ≥ 0: solves (A + λI)·x = b; 0 by default. */
  readonly damping?: number;
}

interface State<P extends Tree> {
  readonly solution: P;
  readonly residual: P;
  readonly direction: P;
  readonly squaredResidual: tf.Scalar;
}

/** `a + factor·b`, leaf by leaf. */
function addScaled<P extends Tree>(a: P, factor: tf.Scalar, b: P): P {
  return treeMap((x, y) => x.add(y.mul(factor)), a, b);
}

/** numerator / denominator where it is wanted and the denominator is positive, else 0. */
function safeRatio(numerator: tf.Scalar, denominator: tf.Scalar, wanted: tf.Scalar): tf.Scalar {
  const positive = denominator.greater(0).toFloat().mul(wanted) as tf.Scalar;
  return numerator.div(denominator.mul(positive).add(tf.sub(1, positive))).mul(positive);
}

/**
 * Solves (A + λI)·x = b for a symmetric positive definite A that is known by its products with vectors (Hestenes and Stiefel, 1952).
 *
 * It reads nothing back from the tensors, so it can be compiled: all iterations run, and those after the tolerance is met, or after a direction of no
 * positive curvature, change nothing.
 *
 * @param matVec v ↦ A·v on trees like b.
 * @param b the right-hand side, a tree of any shapes.
 * @returns x, a tree like b.
 * @throws when the number of iterations is no positive integer.
 */
export function conjugateGradient<P extends Tree>(matVec: (vector: P) => P, b: P, { iterations = 10, tolerance = 1e-6, damping = 0 }: ConjugateGradientOptions = {}): P {
  if (!Number.isInteger(iterations) || iterations < 1) throw new Error(`conjugateGradient: iterations must be a positive integer, got ${iterations}`);
  return tidyTree(() => {
    const goal = treeDot(b, b).mul(tolerance * tolerance);
    const step = ({ solution, residual, direction, squaredResidual }: State<P>): State<P> => {
      const active = squaredResidual.greater(goal).toFloat() as tf.Scalar;
      const product = addScaled(matVec(direction), tf.scalar(damping), direction);
      const length = safeRatio(squaredResidual, treeDot(direction, product), active);
      const nextResidual = addScaled(residual, length.neg(), product);
      const nextSquared = treeDot(nextResidual, nextResidual);
      const turn = safeRatio(nextSquared, squaredResidual, active);
      return { solution: addScaled(solution, length, direction), residual: nextResidual, direction: addScaled(nextResidual, turn, direction), squaredResidual: nextSquared };
    };
    let state: State<P> = { solution: treeMap((x) => tf.zerosLike(x), b), residual: b, direction: b, squaredResidual: treeDot(b, b) };
    for (let i = 0; i < iterations; i++) state = tidyTree(() => step(state));
    return state.solution;
  });
}
