import * as tf from '@tensorflow/tfjs';
import { reduceTo, repair } from './repair.js';
import type { InputGradients } from './repair.js';

const isMatrix = (x: tf.Tensor) => x.shape.slice(0, -2).every((size) => size === 1);
const asMatrix = (x: tf.Tensor) => x.reshape([-1, x.shape[x.rank - 1]]) as tf.Tensor2D;

/** The kernel of the wasm backend is some ten times slower when it transposes by itself. */
function multiply(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  if (tf.getBackend() !== 'wasm' || a.rank !== 2 || b.rank !== 2) return tf.matMul(a, b, transposeA, transposeB);
  return tf.matMul(transposeA ? a.transpose() : a, transposeB ? b.transpose() : b);
}

/** c = op(a)·op(b), where op transposes or not, so ∂a = ∂c·op(b)ᵀ and ∂b = op(a)ᵀ·∂c, each summed over broadcast batches. */
function matrixProductGradient(dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): InputGradients {
  // A batch of rows times one matrix is one large product: [B, T, D] × [D, O] as [B·T, D] × [D, O].
  const rows = isMatrix(b) && !transposeA && a.rank > 2;
  const [dyRows, aRows, bMatrix] = rows ? [asMatrix(dy), asMatrix(a), b.reshape(b.shape.slice(-2))] : [dy, a, b];
  const reduce = (gradient: tf.Tensor, x: tf.Tensor) => (rows ? gradient.reshape(x.shape) : reduceTo(gradient, x.shape));
  return {
    a: () => reduce(transposeA ? multiply(bMatrix, dyRows, transposeB, true) : multiply(dyRows, bMatrix, false, !transposeB), a),
    b: () => reduce(transposeB ? multiply(dyRows, aRows, true, transposeA) : multiply(aRows, dyRows, !transposeA, false), b),
  };
}

/** Gradients of matrix products. */
export function repairProducts(): void {
  repair('BatchMatMul', { inputs: ['a', 'b'] }, (dy, [a, b], { transposeA, transposeB }) => matrixProductGradient(dy, a, b, transposeA as boolean, transposeB as boolean));
}
