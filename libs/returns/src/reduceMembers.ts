import type { tf } from '@rivulet/engine';

/** How the members of an ensemble become one value. */
export type MemberReduction = 'min' | 'mean';

/** `[M, B]` to `[B]` when the tensor has one axis more than `like`; otherwise as it is. */
export function reduceMembers(value: tf.Tensor, like: tf.Tensor, how: MemberReduction): tf.Tensor {
  if (value.rank === like.rank) return value;
  return how === 'min' ? value.min(0) : value.mean(0);
}
