import type { tf } from '@rivulet/engine';

/** `[B, T]` moved `n` steps back in time: column t holds column t + n, the last n columns hold 0. */
export function shiftLeft(x: tf.Tensor, n: number): tf.Tensor {
  const [rows, steps] = x.shape;
  if (n >= steps) return x.zerosLike();
  return x.slice([0, n], [rows, steps - n]).pad([[0, 0], [0, n]]);
}
