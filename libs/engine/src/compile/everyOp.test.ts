import { beforeAll, describe, expect, it } from 'vitest';
import { type Case, cases, inputsOf, type Op } from '../gradients/opCases.test.fixture.js';
import { tf } from '../tf.js';
import { compile } from './compile.js';
import type { AnyPacked } from './packed.js';

/** Rounding of float32, which a derivative of second order carries through some ten operators; relative to 1 + |value|. */
const TOLERANCE = 2e-5;

const waves = (size: number, phase: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.cos(1 + phase + 1.7 * i));

function lossOf(op: Op, x: tf.Tensor[]): tf.Scalar {
  const y = op(...x.map((each) => each.mul(1)));
  return y.add(y.square().mul(0.5)).mul(tf.tensor(waves(y.size, 0), y.shape)).sum();
}

const gradients = (op: Op, x: tf.Tensor[]): tf.Tensor[] => tf.grads((...each: tf.Tensor[]) => lossOf(op, each))(x);

/** Value, gradient and Hessian-vector product of an op. */
function everything(op: Op, x: tf.Tensor[]): { value: tf.Tensor; gradient: tf.Tensor[]; product: tf.Tensor[] } {
  const slope = (...each: tf.Tensor[]): tf.Scalar => tf.addN(gradients(op, each).map((g, i) => g.mul(tf.tensor(waves(g.size, 2 + i), g.shape)).sum()));
  return { value: op(...x), gradient: gradients(op, x), product: tf.grads(slope)(x) };
}

const numbersOf = (packed: AnyPacked): number[] => packed.layout.leaves.flatMap(({ buffer, offset, size }) => [...packed.buffers[buffer].subarray(offset, offset + size)]);

function expectClose(what: string, actual: number[], expected: number[]): void {
  expect(actual.length, what).toBe(expected.length);
  const worst = actual.map((value, i) => (Object.is(value, expected[i]) ? 0 : Math.abs(value - expected[i]) / (1 + Math.abs(expected[i]))));
  expect(worst.every((error) => error < TOLERANCE), `${what}: compiled ${actual.map((n) => n.toFixed(6))}, eager ${expected.map((n) => n.toFixed(6))}`).toBe(true);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('every op, compiled and eager', () => {
  it.each(cases.map((test): [string, Case] => [test.name, test]))('%s', async (_, test) => {
    const x = inputsOf(test);
    const warnings: string[] = [];
    const run = compile((inputs: tf.Tensor[]) => everything(test.op, inputs), { warn: (line) => warnings.push(line) });
    const actual = await run(x);
    expect(warnings).toEqual([]);
    const expected = tf.tidy(() => {
      const { value, gradient, product } = everything(test.op, x);
      const read = (tensors: tf.Tensor[]): number[] => tensors.flatMap((tensor) => [...tensor.dataSync()]);
      return { value: read([value]), gradient: read(gradient), product: read(product) };
    });
    expectClose('value', numbersOf(actual.value), expected.value);
    expectClose('gradient', numbersOf(actual.gradient), expected.gradient);
    expectClose('Hessian-vector product', numbersOf(actual.product), expected.product);
    tf.dispose(x);
    await run.dispose();
  });
});

