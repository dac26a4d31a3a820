import type { tf } from '@rivulet/engine';

/** @throws when the last axis of a tensor has not the expected size. Looks at the shape only. */
export function checkLastAxis(x: tf.Tensor, expected: number, where: string): void {
  if (x.rank === 0 || x.shape[x.rank - 1] !== expected) {
    throw new Error(`${where}: the last axis should have ${expected} entries, got the shape [${x.shape.join(', ')}]`);
  }
}
