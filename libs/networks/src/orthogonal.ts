import { type Rng, sizeOf } from '@rivulet/engine';
import type { Initializer } from './initializer.js';

function dot(a: Float64Array, i: number, j: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += a[i * length + k] * a[j * length + k];
  return sum;
}

function removeComponent(a: Float64Array, from: number, along: number, length: number): void {
  const scale = dot(a, from, along, length);
  for (let k = 0; k < length; k++) a[from * length + k] -= scale * a[along * length + k];
}

/** `count` orthonormal vectors of the given length (count ≤ length), one a row. */
function orthonormalRows(rng: Rng, count: number, length: number): Float64Array {
  const rows = rng.fillNormal(new Float64Array(count * length));
  for (let i = 0; i < count; i++) {
    // The second sweep removes what rounding left over in the first.
    for (let sweep = 0; sweep < 2; sweep++) for (let j = 0; j < i; j++) removeComponent(rows, i, j, length);
    const norm = Math.sqrt(dot(rows, i, i, length));
    for (let k = 0; k < length; k++) rows[i * length + k] /= norm;
  }
  return rows;
}

/**
 * A random orthogonal kernel times `gain`: with the kernel K as a matrix [R, C] (all axes but the last joined), KᵀK = gain²·I
 * where R ≥ C, and KKᵀ = gain²·I where R ≤ C. Gram-Schmidt over standard normal vectors, in float64, so that the law is uniform
 * (Haar). Usual gains: √2 before a ReLU, 1 for values, 0.01 for the output of a policy.
 *
 * Source: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks" (2014).
 */
export function orthogonal(gain = 1): Initializer {
  return (rng, shape) => {
    const columns = shape[shape.length - 1];
    const rows = sizeOf(shape.slice(0, -1));
    const out = new Float32Array(rows * columns);
    if (rows < columns) {
      const q = orthonormalRows(rng, rows, columns);
      for (let i = 0; i < out.length; i++) out[i] = gain * q[i];
    } else {
      const q = orthonormalRows(rng, columns, rows);
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[r * columns + c] = gain * q[c * rows + r];
    }
    return out;
  };
}
