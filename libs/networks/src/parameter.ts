import { type Rng, tf } from '@rivulet/engine';
import type { Fans, Initializer } from './initializer.js';

/** A parameter tensor of starting values. */
export function parameter(rng: Rng, init: Initializer, shape: readonly number[], fans?: Fans): tf.Tensor {
  return tf.tensor(init(rng, shape, fans), [...shape], 'float32');
}
