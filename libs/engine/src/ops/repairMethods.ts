import * as tf from '@tensorflow/tfjs';
import { logSigmoid } from './logSigmoid.js';
import { matMul } from './matMul.js';
import { cumprod, cumsum } from './scans.js';

/** Puts the replaced ops behind the methods of tensors, too. */
export function repairMethods(): void {
  tf.Tensor.prototype.logSigmoid = function <T extends tf.Tensor>(this: T): T {
    return logSigmoid(this);
  };
  tf.Tensor.prototype.matMul = function <T extends tf.Tensor>(this: T, b: tf.Tensor | tf.TensorLike, transposeA?: boolean, transposeB?: boolean): tf.Tensor {
    return matMul(this, b, transposeA, transposeB);
  };
  tf.Tensor.prototype.cumsum = function <R extends tf.Rank>(this: tf.Tensor, axis?: number, exclusive?: boolean, reverse?: boolean): tf.Tensor<R> {
    return cumsum(this, axis, exclusive, reverse);
  };
  tf.Tensor.prototype.cumprod = function <R extends tf.Rank>(this: tf.Tensor, axis?: number, exclusive?: boolean, reverse?: boolean): tf.Tensor<R> {
    return cumprod(this, axis, exclusive, reverse);
  };
}
