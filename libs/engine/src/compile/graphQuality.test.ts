import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { adam } from '../adam.js';
import { applyUpdates } from '../applyUpdates.js';
import { chain } from '../chain.js';
import { clipByGlobalNorm } from '../clipByGlobalNorm.js';
import { flatten } from '../flatten.js';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import type { Tree } from '../tree.js';
import { valueAndGrad } from '../valueAndGrad.js';
import { compile } from './compile.js';
import { compileScan } from './compileScan.js';
import { pack } from './flatten.js';

type Operators = { readonly [op: string]: number };
type Results = { readonly [name: string]: tf.Tensor };

const refuse = (line: string): never => {
  throw new Error(line);
};

const random = (seed: number, ...shape: number[]): tf.Tensor => Rng.fromSeed(seed).normal(shape);

/** What puts small arguments and results together, whatever is done with them. */
const packaging = new Set(['Split', 'Reshape', 'Concat']);

/** Runs a function compiled and eagerly, compares every element, and gives the operators of the graph, without the packaging. */
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
  return Object.fromEntries(Object.entries(operators).filter(([op]) => !packaging.has(op)));
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

  it('makes a transpose part of a batched product, even behind another one', async () => {
    const operators = await operatorsOf([random(1, 2, 3, 4, 5), random(2, 2, 3, 4, 5)], ([q, k]) => {
      const heads = (x: tf.Tensor) => x.transpose([0, 2, 1, 3]);
      return { scores: tf.matMul(heads(q), heads(k), false, true), keys: heads(k) };
    });
    expect(operators).toEqual({ Transpose: 2, 'com.microsoft.FusedMatMul': 1 });
  });

  it('holds the gradient of a bias as one product', async () => {
    const operators = await operatorsOf([random(1, 16, 8), random(2, 8, 8), random(3, 8)], ([x, w, b]) => {
      const { grads } = valueAndGrad((p: { b: tf.Tensor }) => x.matMul(w as tf.Tensor2D).add(p.b).tanh().sum() as tf.Scalar)({ b });
      return { b: grads.b };
    });
    expect(operators.ReduceSum).toBeUndefined();
  });

  const norm = (x: tf.Tensor, epsilon = 1e-5) => {
    const centred = x.sub(x.mean(-1, true));
    return centred.mul(centred.square().mean(-1, true).add(epsilon).rsqrt());
  };

  it.each<[string, (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => tf.Tensor]>([
    ['with the reciprocal of a root', (x, scale, offset) => norm(x).mul(scale).add(offset)],
    ['the other way round', (x, scale, offset) => offset.add(scale.mul(norm(x)))],
    ['without offset', (x, scale) => norm(x, 0.1).mul(scale)],
    [
      'as a quotient',
      (x, scale, offset) => {
        const centred = tf.sub(x, tf.mean(x, -1, true));
        return centred.div(tf.sqrt(tf.add(1e-5, centred.square().mean(-1, true)))).mul(scale).add(offset);
      },
    ],
  ])('fuses a layer norm written %s', async (_, f) => {
    const operators = await operatorsOf([random(1, 3, 4, 6).add(5), random(2, 6), random(3, 6)], ([x, scale, offset]) => ({ y: f(x, scale, offset) }));
    expect(operators).toEqual({ LayerNormalization: 1 });
  });

  it('fuses a root mean square norm', async () => {
    const operators = await operatorsOf([random(1, 3, 4, 6), random(2, 6)], ([x, scale]) => ({ y: x.mul(x.square().mean(-1, true).add(1e-6).rsqrt()).mul(scale) }));
    expect(operators).toEqual({ SimplifiedLayerNormalization: 1 });
  });

  it('leaves a layer norm in parts where something else reads them', async () => {
    const inputs = [random(1, 3, 6), random(2, 6), random(3, 6)];
    const read = await operatorsOf(inputs, ([x, scale, offset]) => ({ y: norm(x).mul(scale).add(offset), normal: norm(x) }));
    expect(read.LayerNormalization).toBeUndefined();
    const centred = await operatorsOf(inputs, ([x, scale, offset]) => ({ y: norm(x).mul(scale).add(offset), centred: x.sub(x.mean(-1, true)) }));
    expect(centred.LayerNormalization).toBeUndefined();
    const other = await operatorsOf(inputs, ([x, scale, offset]) => ({ axis: x.sub(x.mean(0, true)).mul(x.sub(x.mean(0, true)).square().mean(0, true).add(1e-5).rsqrt()).mul(scale).add(offset) }));
    expect(other.LayerNormalization).toBeUndefined();
  });

  const SLOPE = Math.sqrt(2 / Math.PI);

  it.each<[string, string, (x: tf.Tensor) => tf.Tensor]>([
    ['GELU by the error function', 'com.microsoft.Gelu', (x) => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))))],
    ['GELU by tanh', 'com.microsoft.FastGelu', (x) => x.mul(0.5).mul(x.add(x.pow(3).mul(0.044715)).mul(SLOPE).tanh().add(1))],
    ['GELU by tanh, factored', 'com.microsoft.FastGelu', (x) => x.mul(x.square().mul(0.044715).add(1).mul(x).mul(SLOPE).tanh().add(1).mul(0.5))],
    ['GELU by a sigmoid of twice the argument', 'com.microsoft.FastGelu', (x) => x.mul(x.mul(x.square().mul(2 * SLOPE * 0.044715).add(2 * SLOPE)).sigmoid())],
    ['SiLU', 'com.microsoft.QuickGelu', (x) => tf.mul(x, tf.sigmoid(x))],
    ['quick GELU', 'com.microsoft.QuickGelu', (x) => x.mul(1.702).sigmoid().mul(x)],
  ])('fuses %s', async (_, op, f) => {
    const operators = await operatorsOf([random(1, 50).mul(3)], ([x]) => ({ y: f(x) }), 1e-6);
    expect(operators).toEqual({ [op]: 1 });
  });

  it('takes for GELU only what is', async () => {
    const operators = await operatorsOf([random(1, 50)], ([x]) => ({
      constant: x.mul(0.5).mul(x.mul(0.7).erf().add(1)),
      half: x.mul(x.mul(Math.SQRT1_2).erf().add(1)),
      other: x.mul(x.square().sigmoid()),
      read: x.mul(x.mul(2).sigmoid()).add(x.mul(2).sigmoid()),
    }));
    expect(Object.keys(operators).filter((op) => op.startsWith('com.'))).toEqual([]);
  });

  it('fuses a log-softmax, with and without its gradient', async () => {
    const target = tf.oneHot(tf.tensor1d([1, 0, 2], 'int32'), 4).toFloat();
    const loss = (x: tf.Tensor) => tf.logSoftmax(x).mul(target).sum().neg() as tf.Scalar;
    const forward = await operatorsOf([random(1, 2, 3, 4).mul(30)], ([x]) => ({ y: tf.logSoftmax(x) }));
    expect(forward).toEqual({ LogSoftmax: 1 });
    const backward = await operatorsOf([random(1, 3, 4).mul(30)], ([x]) => ({ loss: loss(x), gradient: valueAndGrad(loss)(x).grads }));
    expect(backward).toMatchObject({ LogSoftmax: 1, Exp: 1 });
    expect(backward.Log).toBeUndefined();
  });

  it('sums squares in one pass', async () => {
    expect(await operatorsOf([random(1, 5, 7)], ([x]) => ({ y: x.square().sum(), z: x.sub(1).square().sum(1) }))).toEqual({ Sub: 1, ReduceSumSquare: 2 });
    expect(await operatorsOf([random(1, 5, 7)], ([x]) => ({ y: x.square().sum(), squares: x.square() }))).toMatchObject({ ReduceSum: 1, Mul: 1 });
  });

  it('makes transposes and constants part of batched products', async () => {
    const operators = await operatorsOf([random(1, 2, 3, 4, 5), random(2, 2, 3, 4, 5)], ([q, k]) => ({ y: tf.matMul(q.mul(0.25), k, false, true), z: tf.matMul(q, k, true, false) }));
    expect(operators).toEqual({ 'com.microsoft.FusedMatMul': 2 });
  });

  it('leaves the factor of a single row outside of its product', async () => {
    const operators = await operatorsOf([random(1, 2, 3, 1, 5), random(2, 2, 3, 4, 5)], ([q, k]) => ({ y: tf.matMul(q.mul(0.25), k, false, true) }));
    expect(operators).toEqual({ Mul: 1, 'com.microsoft.FusedMatMul': 1 });
  });

  it('multiplies batches of vectors by elements', async () => {
    const [column, row] = [random(1, 2, 3, 4, 1), random(2, 2, 3, 1, 4)];
    expect(await operatorsOf([column, row], ([a, b]) => ({ outer: tf.matMul(a, b), turned: tf.matMul(b, a, true, true) }))).toEqual({ Mul: 2 });
    expect(await operatorsOf([column, row], ([a, b]) => ({ inner: tf.matMul(b, a), turned: tf.matMul(a, b, true, true), one: tf.matMul(row.slice([0, 0], [1, 1]), a) }))).toMatchObject({ Mul: 2, ReduceSum: 2 });
  });

  it('factors sums of products', async () => {
    // (3·b + c·x + x)·a in place of three products with a.
    const operators = await operatorsOf([1, 2, 3, 4].map((seed) => random(seed, 4, 5)), ([a, b, c, x]) => ({ y: a.mul(b).mul(3).add(a.mul(c).mul(x)).sub(x.mul(a).neg()) }));
    expect(operators).toEqual({ Mul: 3, Add: 2 });
  });

  it('factors the gradient of GELU into one product with what comes back', async () => {
    const gelu = (x: tf.Tensor) => x.mul(x.mul(x.square().mul(2 * SLOPE * 0.044715).add(2 * SLOPE)).sigmoid());
    const operators = await operatorsOf([random(1, 30), random(2, 30)], ([x, dy]) => ({ y: gelu(x), dx: tf.grad(gelu)(x, dy) }));
    expect(operators.Mul).toBeLessThanOrEqual(9);
    expect(operators.Add).toBe(3);
  });

  it('keeps the order of a sum without shared factors, and of what others read', async () => {
    const operators = await operatorsOf([1, 2, 3].map((seed) => random(seed, 4)), ([a, b, c]) => ({ y: a.mul(b).add(a.mul(c)), ab: a.mul(b), ac: a.mul(c), sum: a.add(b).sub(c) }));
    expect(operators).toEqual({ Mul: 2, Add: 2, Sub: 1 });
  });

  it('updates the tensors of one vector at once, in a call and in a loop', async () => {
    const optimizer = flatten(chain(clipByGlobalNorm(0.5), adam(0.1)));
    const parameters = { w1: random(1, 3, 4), b1: random(2, 4), w2: random(3, 4, 2), b2: random(4, 2) };
    const x = random(5, 6, 3);
    const step = (state: { parameters: typeof parameters; optimizer: readonly Tree[] }) => {
      const { grads, loss } = valueAndGrad((p: typeof parameters) => x.matMul(p.w1 as tf.Tensor2D).add(p.b1).tanh().matMul(p.w2).add(p.b2).square().mean() as tf.Scalar)(state.parameters);
      const { updates, state: next } = optimizer.update(grads, state.optimizer, state.parameters);
      return { state: { parameters: applyUpdates(state.parameters, updates), optimizer: next }, loss };
    };
    const [call, scan] = [compile(step, { warn: refuse }), compileScan((state: Parameters<typeof step>[0], _: { turn: tf.Tensor }) => step(state), { warn: refuse })];
    const initial = { parameters, optimizer: optimizer.init(parameters) };
    let [eager, packed] = [initial, pack(initial)];
    for (let i = 0; i < 3; i++) {
      eager = step(eager).state;
      packed = (await call(packed)).state;
    }
    const looped = (await scan(pack(initial), { turn: tf.range(0, 3) })).state;
    const numbers = packed.buffers.flatMap((buffer) => [...buffer]);
    expect(looped.buffers.flatMap((buffer) => [...buffer])).toEqual(numbers);
    const wanted = pack(eager).buffers.flatMap((buffer) => [...buffer]);
    numbers.forEach((value, i) => expect(Math.abs(value - wanted[i])).toBeLessThan(1e-5));
    for (const { forms } of [call, scan]) {
      const [{ operators }] = forms;
      // One to take the state apart, one for the gradients in one vector, one for the new state: no tensor is added to by itself.
      expect(operators).toMatchObject({ Split: 1, Concat: 2, Slice: expect.any(Number) as number });
    }
    await Promise.all([call.dispose(), scan.dispose()]);
  });

  it('joins only neighbours of one vector, and only what nothing else reads', async () => {
    const operators = async (f: (x: readonly tf.Tensor[]) => tf.Tensor[]): Promise<Operators> => {
      const run = compile((x: readonly tf.Tensor[]) => ({ y: f(x) }), { warn: refuse });
      const inputs = [random(1, 2), random(2, 3), random(3, 4)];
      const { y } = await run(inputs);
      const wanted = f(inputs).flatMap((tensor) => [...tensor.dataSync()]);
      y.buffers.flatMap((buffer) => [...buffer]).forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 6));
      const [form] = run.forms;
      await run.dispose();
      return form.operators;
    };
    expect(await operators((x) => x.map((each) => each.mul(2).add(each)))).toEqual({ Mul: 1, Add: 1 });
    expect(await operators(([a, b, c]) => [a.add(1), b.add(1), c.add(2)])).toEqual({ Split: 1, Slice: 1, Add: 2, Concat: 1 });
    expect(await operators(([a, b, c]) => [c.exp(), a.exp(), b.exp()])).toEqual({ Split: 1, Slice: 1, Exp: 2, Concat: 1 });
    expect(await operators((x) => [...x.map((each) => each.exp()), x[1].exp().sum()])).toMatchObject({ Exp: 3 });
  });

  it('puts stacked tensors into one vector by one copy', async () => {
    const run = compile((x: readonly tf.Tensor[]) => ({ y: tf.concat([tf.stack([x[0].exp(), x[1].exp()]).reshape([12]), x[0].reshape([6])]) }), { warn: refuse });
    const inputs = [random(1, 2, 3), random(2, 2, 3)];
    const numbers = inputs.map((tensor) => [...tensor.dataSync()]);
    const wanted = [...[...numbers[0], ...numbers[1]].map(Math.exp), ...numbers[0]];
    [...(await run(inputs)).y.buffers[0]].forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 6));
    expect(run.forms[0].operators.Concat).toBe(1);
    await run.dispose();
  });

  it('makes a + b and b + a one node, and chooses by a constant while tracing', async () => {
    const operators = await operatorsOf([random(1, 5), random(2, 5)], ([a, b]) => ({ y: a.add(b).mul(b.add(a)), z: tf.where(tf.ones([5], 'bool'), a.exp(), b.exp()) }));
    expect(operators).toEqual({ Add: 1, Mul: 1, Exp: 1 });
  });

  it.each<[string, number | 'same' | 'valid', number, number]>([
    ['valid', 'valid', 1, 1],
    ['same', 'same', 1, 1],
    ['two pixels around', 2, 1, 1],
    ['strides of two', 'valid', 2, 0],
  ])('holds the gradient of a filter as one product of patches, but not with strides: %s', async (_, padding, stride, products) => {
    const operators = await operatorsOf([random(1, 2, 6, 5, 3), random(2, 3, 2, 3, 4)], ([x, filter]) => {
      const loss = (f: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, padding).square().sum() as tf.Scalar;
      return { gradient: valueAndGrad(loss)(filter).grads };
    });
    expect(operators.Gemm ?? 0).toBe(products);
    expect(operators.Conv).toBe(2 - products);
  });

  it('computes with a long column and a number as with a vector', async () => {
    const run = compile((x: tf.Tensor) => ({ y: tf.sub(2, x.sum(-1, true).mul(3).add(1)) }), { warn: refuse });
    const x = random(1, 20, 15, 4);
    const expected = tf.tidy(() => tf.sub(2, x.sum(-1, true).mul(3).add(1)).dataSync());
    const { y } = await run(x);
    expect(y.layout.leaves[0].shape).toEqual([20, 15, 1]);
    y.buffers[0].forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    // Two reshapes for three operators.
    expect(run.forms[0].operators).toEqual({ ReduceSum: 1, Reshape: 2, Mul: 1, Add: 1, Sub: 1 });
    await run.dispose();
  });

  it('stays the same function for any sums of products, with their gradients', async () => {
    const instruction = fc.record({ op: fc.nat(4), a: fc.nat(30), b: fc.nat(30) });
    const names = ['a', 'b', 'c', 'd'];
    const leaves = Object.fromEntries([[2, 3], [3], [], [2, 1]].map((shape, i) => [names[i], Rng.fromSeed(i).uniform(shape, -1, 1)]));
    await fc.assert(
      fc.asyncProperty(fc.array(instruction, { minLength: 2, maxLength: 14 }), async (program) => {
        const loss = (p: typeof leaves) => {
          const stack = names.map((name) => p[name]);
          for (const { op, a, b } of program) {
            const [x, y] = [stack[a % stack.length], stack[b % stack.length]];
            stack.push([() => x.add(y).mul(0.5), () => x.sub(y).mul(0.5), () => x.mul(y), () => x.neg(), () => x.mul(y).add(x).mul(0.5)][op]());
          }
          return tf.addN(stack.slice(-3).map((x, i) => x.sum().mul(i + 1))) as tf.Scalar;
        };
        const smooth = (p: typeof leaves) => {
          const { loss: value, grads } = valueAndGrad(loss)(p);
          return { value, ...grads };
        };
        const run = compile(smooth, { warn: refuse });
        const actual = (await run(leaves)) as { readonly [name: string]: { toTensors(): tf.Tensor } };
        const expected = tf.tidy(() => smooth(leaves));
        for (const [name, tensor] of Object.entries(expected)) {
          const wanted = tensor.dataSync();
          actual[name].toTensors().dataSync().forEach((value, i) => expect(Math.abs(value - wanted[i])).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(wanted[i]))));
        }
        await run.dispose();
      }),
      { numRuns: 60, seed: 3 },
    );
  });
});
