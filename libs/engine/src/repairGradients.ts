import { repairElementwise } from './gradients/elementwise.js';
import { repairImages } from './gradients/images.js';
import { repairIndexing } from './gradients/indexing.js';
import { repairPiecewiseConstant } from './gradients/piecewiseConstant.js';
import { repairProducts } from './gradients/products.js';
import { repairReductions } from './gradients/reductions.js';
import { orderTape } from './gradients/tape.js';

/**
 * Replaces the gradients that TensorFlow.js 4.22 lacks or gets wrong, so that derivatives of every order are right. Safe to call again, and needed again
 * after another copy of TensorFlow.js was loaded, which registers its own.
 *
 * - Ops that save their output (tanh, exp, sigmoid, softmax, logSoftmax, pow): second derivatives were silently wrong.
 * - `cumsum` off the last axis, `mirrorPad`, `avgPool` over padding, `floorDiv`, casts to integers: silently wrong. `max` and `min` gave every tied element
 *   the whole gradient, `abs` -1 at 0.
 * - `maximum`, `minimum`, `squaredDifference`, `prelu`, `matMul` when broadcast, `prod` over negative axes, `tile` above rank 4, `resizeBilinear`, dilated `conv2d`: threw.
 * - Masks (`where`, comparisons, `clipByValue`, `elu`, `leakyRelu`...) and `gather` at computed indices: threw as soon as the mask depended on what is differentiated.
 * - `cumprod`, `topk`, `gatherND`, `scatterND`, `stridedSlice`, `depthToSpace`, and the second order of `conv2d`, `depthwiseConv2d`, `maxPool`, `avgPool`, `prod`: had none.
 *
 * Ops that are wrong in the forward pass, or cannot be repaired here, are replaced in the `tf` of this package: `einsum`, `matMul`, `cumsum`, `cumprod`, `logSigmoid`.
 * Not repaired: Fourier transforms (no gradient), the second order of 3-D convolutions and pooling.
 */
export function repairGradients(): void {
  orderTape();
  repairPiecewiseConstant();
  repairElementwise();
  repairReductions();
  repairProducts();
  repairIndexing();
  repairImages();
}
