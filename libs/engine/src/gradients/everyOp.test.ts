import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../tf.js';
import { type Case, cases, inputsOf, type Op } from './opCases.test.fixture.js';

/**
 * The step of the five-point differences. Their truncation error is h⁴/30·f⁽⁵⁾ ≈ 3e-8·f⁽⁵⁾, and the rounding error of float32 values ε·|f|/h ≈ 2e-6·|f|.
 * The inputs of an op with kinks are further apart from one another, and from the kinks, than the differences reach.
 */
const STEP = 0.03;
/** Relative to 1 + |gradient|: the two errors above, with f of order 10 and f⁽⁵⁾ up to some hundred times the gradient. */
const TOLERANCE = 3e-4;

const waves = (size: number, phase: number) => Float32Array.from({ length: size }, (_, i) => Math.cos(1 + phase + 1.7 * i));

/** L(x) = Σ w·(y + y²/2) for y = op(x); the quadratic makes even a linear op's second derivative matter. The op sees an intermediate tensor, as in a network. */
function lossOf(op: Op, x: tf.Tensor[]): tf.Scalar {
  const y = op(...x.map((each) => each.mul(1)));
  const w = tf.tensor(waves(y.size, 0), y.shape);
  return y.add(y.square().mul(0.5)).mul(w).sum();
}

/** The same in double precision after the op, which keeps the rounding of the sum out of the differences. */
function lossValue(op: Op, x: tf.Tensor[]): number {
  const y = tf.tidy(() => op(...x).dataSync<'float32'>());
  const w = waves(y.length, 0);
  return y.reduce((sum, value, i) => sum + w[i] * (value + (value * value) / 2), 0);
}

const gradients = (op: Op, x: tf.Tensor[]) => tf.grads((...each: tf.Tensor[]) => lossOf(op, each))(x);

const fivePoint = (at: (offset: number) => number) => (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP);

function moved(x: tf.Tensor[], directions: Float32Array[], step: number): tf.Tensor[] {
  return x.map((each, i) => each.add(tf.tensor(directions[i], each.shape).mul(step)));
}

function numericGradient(op: Op, x: tf.Tensor[], which: number): number[] {
  return Array.from({ length: x[which].size }, (_, element) => {
    const directions = x.map((each, i) => Float32Array.from({ length: each.size }, (__, j) => (i === which && j === element ? 1 : 0)));
    return fivePoint((step) => tf.tidy(() => lossValue(op, moved(x, directions, step))));
  });
}

function numericHessianVector(op: Op, x: tf.Tensor[], v: Float32Array[]): number[] {
  const at = (step: number) => tf.tidy(() => gradients(op, moved(x, v, step)).flatMap((g) => [...g.dataSync()]));
  const [far, near, near2, far2] = [at(2 * STEP), at(STEP), at(-STEP), at(-2 * STEP)];
  return far.map((_, i) => (8 * (near[i] - near2[i]) - (far[i] - far2[i])) / (12 * STEP));
}

function expectClose(actual: number[], expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.map((value, i) => Math.abs(value - expected[i]) / (1 + Math.abs(expected[i])));
  expect(worst.every((error) => error < TOLERANCE), `got ${actual.map((n) => n.toFixed(4))}, finite differences give ${expected.map((n) => n.toFixed(4))}`).toBe(true);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the gradient of every op against finite differences', () => {
  it.each(cases.map((test): [string, Case] => [test.name, test]))('%s', (_, test) => {
    tf.tidy(() => {
      const x = inputsOf(test);
      const before = tf.memory().numTensors;
      const analytic = gradients(test.op, x);
      expect(tf.memory().numTensors).toBe(before + x.length);
      analytic.forEach((g, i) => expectClose([...g.dataSync()], numericGradient(test.op, x, i)));
    });
  });
});

describe('the Hessian-vector product of every op against finite differences of the gradient', () => {
  it.each(cases.map((test): [string, Case] => [test.name, test]))('%s', (_, test) => {
    tf.tidy(() => {
      const x = inputsOf(test);
      const v = x.map((each, i) => waves(each.size, 2 + i));
      const slope = (...each: tf.Tensor[]) => tf.addN(gradients(test.op, each).map((g, i) => g.mul(tf.tensor(v[i], g.shape)).sum()));
      const before = tf.memory().numTensors;
      const product = tf.grads(slope)(x);
      expect(tf.memory().numTensors).toBe(before + x.length);
      expectClose(product.flatMap((g) => [...g.dataSync()]), numericHessianVector(test.op, x, v));
    });
  });
});
