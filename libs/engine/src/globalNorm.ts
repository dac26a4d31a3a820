import { tf } from './tf.js';
import { treeTensors, type Tree } from './tree.js';

/** √(Σ x²) over every element of every leaf, a scalar; 0 for a tree without leaves. */
export function globalNorm(tree: Tree): tf.Scalar {
  return tf.tidy(() => {
    const squares = treeTensors(tree).map((x) => x.square().sum());
    return (squares.length === 0 ? tf.scalar(0) : tf.addN(squares).sqrt()) as tf.Scalar;
  });
}
