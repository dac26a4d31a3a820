import * as tf from '@tensorflow/tfjs';

type Operand = tf.Tensor | tf.TensorLike;

/**
 * `tf.matMul` whose leading axes broadcast as they do everywhere else: [2, 1, n, k] × [3, k, m] = [2, 3, n, m].
 * The kernels of the cpu and wasm backends compute this wrongly unless the leading axes are equal or all one.
 */
export function matMul<T extends tf.Tensor>(a: Operand, b: Operand, transposeA = false, transposeB = false): T {
  return tf.tidy(() => {
    const left = a instanceof tf.Tensor ? a : tf.tensor(a as number[][]);
    const right = b instanceof tf.Tensor ? b : tf.tensor(b as number[][]);
    const [leftBatch, rightBatch] = [left.shape.slice(0, -2), right.shape.slice(0, -2)];
    const simple = tf.util.sizeFromShape(leftBatch) === 1 || tf.util.sizeFromShape(rightBatch) === 1 || tf.util.arraysEqual(leftBatch, rightBatch);
    if (simple) return tf.matMul(left, right, transposeA, transposeB);
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(leftBatch, rightBatch);
    const spread = (x: tf.Tensor) => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
    return tf.matMul(spread(left), spread(right), transposeA, transposeB);
  }) as T;
}
