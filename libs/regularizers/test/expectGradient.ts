import { tf } from '@rivulet/engine';
import { expect } from 'vitest';

/** Compares the gradient of Σ wᵢ·f(x)ᵢ, with weights that differ, with central differences. */
export function expectGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, tolerance = 2e-3): void {
  tf.tidy(() => {
    const weighted = (y: tf.Tensor): tf.Scalar => {
      const result = f(y);
      const weights = tf.range(1, result.size + 1).div(result.size).reshape(result.shape);
      return result.mul(weights).sum();
    };
    const actual = tf.grad(weighted)(x).dataSync();
    const at = Float32Array.from(x.dataSync());
    const h = 2 ** -8;
    for (let i = 0; i < at.length; i++) {
      const moved = (by: number) => weighted(tf.tensor(Float32Array.from(at, (v, j) => (j === i ? v + by : v)), x.shape)).dataSync()[0];
      const expected = (moved(h) - moved(-h)) / (2 * h);
      expect(Math.abs(actual[i] - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
    }
  });
}
