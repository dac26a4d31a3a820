import { tf } from '../tf.js';
import type { Op } from './opCases.test.fixture.js';

/**
 * The step of the five-point differences. Their truncation error is h⁴/30·f⁽⁵⁾ ≈ 3e-8·f⁽⁵⁾, and the rounding error of float32 values ε·|f|/h ≈ 2e-6·|f|.
 * The inputs of an op with kinks are further apart from one another, and from the kinks, than the differences reach.
 */
const STEP = 0.03;
/** Relative to 1 + |gradient|: the two errors above, with f of order 10 and f⁽⁵⁾ up to some hundred times the gradient. */
export const DIFFERENCES_TOLERANCE = 3e-4;
/** Rounding of float32, which a derivative of second order carries through some ten operators; relative to 1 + |value|. */
export const ROUNDING_TOLERANCE = 2e-5;

/** Weights and directions that no op is symmetric to. */
export const waves = (size: number, phase: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.cos(1 + phase + 1.7 * i));

/** L(x) = Σ w·(y + y²/2) for y = op(x); the quadratic makes even a linear op's second derivative matter. The op sees an intermediate tensor, as in a network. */
function lossOf(op: Op, x: tf.Tensor[]): tf.Scalar {
  const y = op(...x.map((each) => each.mul(1)));
  return y.add(y.square().mul(0.5)).mul(tf.tensor(waves(y.size, 0), y.shape)).sum();
}

/** ∂L/∂x. */
export const gradients = (op: Op, x: tf.Tensor[]): tf.Tensor[] => tf.grads((...each: tf.Tensor[]) => lossOf(op, each))(x);

/** ∂²L/∂x²·v for the directions v = waves. */
export function hessianProducts(op: Op, x: tf.Tensor[]): tf.Tensor[] {
  const slope = (...each: tf.Tensor[]): tf.Scalar => tf.addN(gradients(op, each).map((g, i) => g.mul(tf.tensor(waves(g.size, 2 + i), g.shape)).sum()));
  return tf.grads(slope)(x);
}

/** The loss in double precision after the op, which keeps the rounding of the sum out of the differences. */
function lossValue(op: Op, x: tf.Tensor[]): number {
  const y = tf.tidy(() => op(...x).dataSync<'float32'>());
  const w = waves(y.length, 0);
  return y.reduce((sum, value, i) => sum + w[i] * (value + (value * value) / 2), 0);
}

const fivePoint = (at: (offset: number) => number): number => (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP);

function moved(x: tf.Tensor[], directions: Float32Array[], step: number): tf.Tensor[] {
  return x.map((each, i) => each.add(tf.tensor(directions[i], each.shape).mul(step)));
}

/** ∂L/∂x of one of the inputs by finite differences. */
export function numericGradient(op: Op, x: tf.Tensor[], which: number): number[] {
  return Array.from({ length: x[which].size }, (_, element) => {
    const directions = x.map((each, i) => Float32Array.from({ length: each.size }, (__, j) => (i === which && j === element ? 1 : 0)));
    return fivePoint((step) => tf.tidy(() => lossValue(op, moved(x, directions, step))));
  });
}

/** ∂²L/∂x²·v by finite differences of the gradient. */
export function numericHessianProducts(op: Op, x: tf.Tensor[]): number[] {
  const v = x.map((each, i) => waves(each.size, 2 + i));
  const at = (step: number): number[] => tf.tidy(() => gradients(op, moved(x, v, step)).flatMap((g) => [...g.dataSync()]));
  const [far, near, near2, far2] = [at(2 * STEP), at(STEP), at(-STEP), at(-2 * STEP)];
  return far.map((_, i) => (8 * (near[i] - near2[i]) - (far[i] - far2[i])) / (12 * STEP));
}

/** Whether all elements are equal up to a tolerance relative to 1 + |expected|. */
export function close(actual: readonly number[], expected: readonly number[], tolerance: number): boolean {
  return actual.length === expected.length && actual.every((value, i) => Object.is(value, expected[i]) || Math.abs(value - expected[i]) < tolerance * (1 + Math.abs(expected[i])));
}
