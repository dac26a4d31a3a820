import { offTape, tf } from '@rivulet/engine';
import { shiftLeft } from './shiftLeft.js';

/**
 * Solves xₜ = aₜ + bₜ·xₜ₊₁ backwards in time, with x after the last step 0: what every estimator over rollouts is made of.
 *
 * By doubling, in ⌈log₂ T⌉ rounds over whole tensors: after a round that looked s steps ahead, xₜ = aₜ' + bₜ'·xₜ₊ₛ.
 * No gradient flows.
 *
 * @param a `[B, T]`
 * @param b `[B, T]`; 0 where nothing may pass from the following step
 * @returns `[B, T]`
 * @throws when the shapes differ or are not `[B, T]`.
 */
export function reverseScan(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.rank !== 2 || a.shape.some((size, axis) => size !== b.shape[axis])) {
    throw new Error(`reverseScan: a and b must both be [B, T], got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  }
  const steps = (a as tf.Tensor2D).shape[1];
  return tf.tidy(() =>
    offTape(() => {
      let [sum, factor]: [tf.Tensor, tf.Tensor] = [a.clone(), b];
      for (let s = 1; s < steps; s *= 2) {
        sum = sum.add(factor.mul(shiftLeft(sum, s)));
        if (2 * s < steps) factor = factor.mul(shiftLeft(factor, s));
      }
      return sum;
    }),
  );
}
