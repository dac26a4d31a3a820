import { type Rng, tf } from '@rivulet/engine';

/**
 * A uniformly random subset of `size` out of `members`, as ones among zeros [members], float32.
 * @throws when size is not an integer in [1, members].
 */
export function subsetMask(rng: Rng, members: number, size: number): tf.Tensor1D {
  if (!Number.isInteger(size) || size < 1 || size > members) throw new Error(`subsetMask: size must be an integer in [1, ${members}], got ${size}`);
  const mask = new Float32Array(members);
  for (const index of rng.permutation(members).subarray(0, size)) mask[index] = 1;
  return tf.tensor1d(mask);
}
