import { tf, treeTensors } from '@rivulet/engine';
import type { Tree } from '@rivulet/engine';

/**
 * The sum of squares of all parameters of a tree, a scalar (not halved). Its gradient 2·w passes through the optimizer, unlike
 * decoupled weight decay.
 *
 * @throws when the tree holds no tensor.
 */
export function l2(parameters: Tree): tf.Scalar {
  const tensors = treeTensors(parameters);
  if (tensors.length === 0) throw new Error('l2: the tree holds no tensor');
  return tf.tidy(() => tensors.map((x) => x.square().sum()).reduce((sum, x) => sum.add(x)) as tf.Scalar);
}
