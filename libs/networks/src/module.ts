import type { Rng, tf, Tree } from '@rivulet/engine';

/** A function with parameters. It holds none of them: `init` makes a tree, `apply` is pure in the tree and the input. */
export interface Module<In = tf.Tensor, Out = tf.Tensor, P extends Tree = Tree> {
  init(rng: Rng): P;
  apply(parameters: P, input: In): Out;
}
