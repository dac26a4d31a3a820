import type { tf } from '@rivulet/engine';

/**
 * x·½(1 + tanh(√(2/π)·(x + 0.044715 x³))), the approximation of GELU that GPT-2 uses ('gelu_new'); computed as x·σ(2u), which is the same.
 *
 * Source: Hendrycks, Gimpel, "Gaussian error linear units" (2016), section 2.
 */
export function geluTanh(x: tf.Tensor): tf.Tensor {
  const slope = 2 * Math.sqrt(2 / Math.PI);
  return x.mul(x.mul(x.square().mul(slope * 0.044715).add(slope)).sigmoid());
}
