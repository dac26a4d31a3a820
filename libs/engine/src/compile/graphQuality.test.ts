import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { valueAndGrad } from '../valueAndGrad.js';
import { compile } from './compile.js';

type Operators = { readonly [op: string]: number };
type Results = { readonly [name: string]: tf.Tensor };

const refuse = (line: string): never => {
  throw new Error(line);
};

const random = (seed: number, ...shape: number[]): tf.Tensor => Rng.fromSeed(seed).normal(shape);

/** Runs a function compiled and eagerly, compares every element, and gives the operators of the graph. */
async function operatorsOf(inputs: readonly tf.Tensor[], f: (x: readonly tf.Tensor[]) => Results, tolerance = 1e-5): Promise<Operators> {
  const run = compile((x: readonly tf.Tensor[]) => f(x), { warn: refuse });
  const results = (await run(inputs)) as { readonly [name: string]: { toTensors(): tf.Tensor } };
  const expected = tf.tidy(() => f(inputs));
  expect(Object.keys(results)).toEqual(Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) {
    const actual = results[name].toTensors();
    expect(actual.shape, name).toEqual(tensor.shape);
    const [got, wanted] = [actual.dataSync(), tensor.dataSync()];
    got.forEach((value, i) => expect(Math.abs(value - wanted[i]), `${name}[${i}]: ${value} instead of ${wanted[i]}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(wanted[i]))));
  }
  const [{ operators }] = run.forms;
  await run.dispose();
  return operators;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the graph of a function', () => {
  it('sums rows by a product with ones', async () => {
    const operators = await operatorsOf([random(1, 4, 5, 9)], ([x]) => ({ rows: x.sum([0, 1]), kept: x.sum(0, true), few: x.sum(2) }));
    expect(operators).toMatchObject({ Gemm: 1, ReduceSum: 2 });
  });

  it('leaves the sums of integers and of few rows alone', async () => {
    const operators = await operatorsOf([tf.tensor2d(Array.from({ length: 90 }, (_, i) => i), [10, 9], 'int32'), random(1, 3, 9)], ([n, x]) => ({ n: n.sum(0), x: x.sum(0) }));
    expect(operators).toEqual({ ReduceSum: 2 });
  });

  it('moves constant factors to the smaller operand', async () => {
    // Three constants, one of them under a square, and a vector each: one product with the matrix for what is no square.
    const operators = await operatorsOf([random(1, 6, 7), random(2, 7)], ([x, v]) => ({ y: x.mul(3).mul(v).mul(0.5), z: x.mul(v).square().mul(0.25) }));
    expect(operators.Mul).toBe(5);
    const sizes = await operatorsOf([random(1, 6, 7), random(2)], ([x, s]) => ({ y: x.mul(s).mul(0.1) }));
    expect(sizes.Mul).toBe(2);
  });

  it('leaves a transposed operand of a batched product to ONNX Runtime, even behind a transpose', async () => {
    const operators = await operatorsOf([random(1, 2, 3, 4, 5), random(2, 2, 3, 4, 5)], ([q, k]) => {
      const heads = (x: tf.Tensor) => x.transpose([0, 2, 1, 3]);
      return { scores: tf.matMul(heads(q), heads(k), false, true), keys: heads(k) };
    });
    // Each is transposed once; the third swaps the last two axes alone, which is part of the product for ONNX Runtime.
    expect(operators).toMatchObject({ Transpose: 3, MatMul: 1 });
  });

  it('holds the gradient of a bias as one product', async () => {
    const operators = await operatorsOf([random(1, 16, 8), random(2, 8, 8), random(3, 8)], ([x, w, b]) => {
      const { grads } = valueAndGrad((p: { b: tf.Tensor }) => x.matMul(w as tf.Tensor2D).add(p.b).tanh().sum() as tf.Scalar)({ b });
      return { b: grads.b };
    });
    expect(operators.ReduceSum).toBeUndefined();
  });
});
