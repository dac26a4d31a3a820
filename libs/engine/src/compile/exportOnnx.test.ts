import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromTensor, type NdArray, ndarray, sizeOf } from '../ndarray.js';
import { Rng } from '../rng.js';
import { tensorCount } from '../tensorCount.js';
import { tf } from '../tf.js';
import { exportOnnx, type OnnxInput } from './exportOnnx.js';
import { loadOnnx } from './loadOnnx.js';
import { describeOnnx } from './onnx/describeOnnx.js';

type Inputs = { readonly [name: string]: tf.Tensor };
type Fn = (inputs: Inputs) => { readonly [name: string]: tf.Tensor };

const rng = Rng.fromSeed(11);
/** Weights outlive the tests. */
const weight = (...shape: number[]): tf.Tensor => tf.keep(tf.tidy(() => rng.normal(shape).div(Math.sqrt(shape.slice(0, -1).reduce((product, size) => product * size, 1)))));

function randomInput({ shape, dtype = 'float32' }: OnnxInput, size: number): NdArray {
  const sizes = shape.map((each) => (typeof each === 'number' ? each : each === 'T' ? size + 2 : size));
  const numbers = new Float32Array(sizeOf(sizes));
  Rng.fromSeed(size).fillNormal(numbers);
  if (dtype === 'float32') return ndarray('float32', sizes, numbers);
  return dtype === 'bool' ? ndarray('uint8', sizes, Uint8Array.from(numbers, (x) => Number(x > 0))) : ndarray('int32', sizes, Int32Array.from(numbers, (x) => 2 * Math.abs(x)));
}

const tensorOf = ({ shape, data }: NdArray, dtype: 'float32' | 'int32' | 'bool' = 'float32'): tf.Tensor => tf.tensor(data as Float32Array, [...shape], dtype);

/** Exports, loads and runs a function at several sizes of its open axes; returns the largest difference to the function itself. */
async function difference(fn: Fn, inputs: { readonly [name: string]: OnnxInput }, sizes: readonly number[]): Promise<number> {
  const model = await loadOnnx(exportOnnx(fn, { inputs }));
  expect(model.description.opsets).toEqual({ '': 18 });
  let largest = 0;
  for (const size of sizes) {
    const arrays = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, randomInput(input, size)]));
    const expected = tf.tidy(() => fn(Object.fromEntries(Object.entries(inputs).map(([name, { dtype }]) => [name, tensorOf(arrays[name], dtype)]))));
    const results = await model.run(arrays);
    expect(Object.keys(results)).toEqual(Object.keys(expected));
    for (const [name, tensor] of Object.entries(expected)) {
      const { shape, data } = await fromTensor(tensor);
      expect(results[name].shape).toEqual(shape);
      data.forEach((x, i) => (largest = Math.max(largest, Math.abs(x - results[name].data[i]))));
      tensor.dispose();
    }
  }
  await model.dispose();
  return largest;
}

/** A policy as it is deployed: normalised observations, a perceptron, squashed actions. */
function policy(observationSize: number, actionSize: number): Fn {
  const w = { mean: weight(observationSize), std: tf.keep(weight(observationSize).abs().add(0.1)), k1: weight(observationSize, 32), b1: weight(32), k2: weight(32, actionSize), b2: tf.keep(tf.zeros([actionSize])) };
  return ({ observation }) => {
    const x = observation.sub(w.mean).div(w.std).clipByValue(-10, 10);
    const hidden = tf.tanh(tf.matMul(x, w.k1 as tf.Tensor2D).add(w.b1));
    return { action: tf.tanh(tf.matMul(hidden, w.k2 as tf.Tensor2D).add(w.b2)) };
  };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('an exported policy', () => {
  const fn = policy(4, 2);

  it('acts as the function, at any batch', async () => {
    expect(await difference(fn, { observation: { shape: ['N', 4] } }, [1, 2, 16, 61, 67, 1000])).toBeLessThan(1e-6);
  });

  it('acts as the function, at a fixed batch', async () => {
    expect(await difference(fn, { observation: { shape: [3, 4] } }, [3])).toBeLessThan(1e-6);
    expect(await difference(fn, { observation: { shape: [1, 4] } }, [1])).toBeLessThan(1e-6);
  });

  it('says what it is', () => {
    const description = describeOnnx(exportOnnx(fn, { inputs: { observation: { shape: ['N', 4] } }, name: 'policy', doc: 'A pole.', metadata: { environment: 'CartPole-v1', seed: '7' } }));
    expect(description).toMatchObject({
      producer: 'rivulet',
      irVersion: 8,
      opsets: { '': 18 },
      name: 'policy',
      doc: 'A pole.\nobservation float32[N, 4] -> action float32[N, 2]; opset 18, standard operators only.',
      metadata: { environment: 'CartPole-v1', seed: '7' },
      inputs: [{ name: 'observation', dtype: 'float32', shape: ['N', 4] }],
      outputs: [{ name: 'action', dtype: 'float32', shape: ['N', 2] }],
    });
    expect(Object.keys(description.opsets)).toEqual(['']);
    // Two products with their biases, and nothing that only shapes would need.
    expect(description.operators).toEqual({ Sub: 1, Div: 1, Clip: 1, Gemm: 2, Tanh: 2 });
    // Every weight but the bias of zeros, which is not even added: two of [4], [4, 32], [32], [32, 2], and the bounds.
    expect(description.constants.bytes).toBe(4 * (4 + 4 + 128 + 32 + 64 + 2));
  });

  it('is a protocol buffer message, as protoc reads it', ({ skip }) => {
    const bytes = exportOnnx(fn, { inputs: { observation: { shape: ['N', 4] } } });
    let text = '';
    try {
      text = execFileSync('protoc', ['--decode_raw'], { input: bytes, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') skip('protoc is not installed');
      throw error;
    }
    const lines = text.split('\n');
    expect(lines.slice(0, 2)).toEqual(['1: 8', '2: "rivulet"']);
    // opset_import { domain: "" version: 18 }, and no other.
    expect(text.match(/^8 \{\n(.*\n)*?\}/gm)).toEqual(['8 {\n  1: ""\n  2: 18\n}']);
    // value_info of input and output: name, tensor type 1 (float32), shape [N, 4] and [N, 2].
    const info = (field: number, name: string, size: number) => `  ${field} {\n    1: "${name}"\n    2 {\n      1 {\n        1: 1\n        2 {\n          1 {\n            2: "N"\n          }\n          1 {\n            1: ${size}\n          }\n        }\n      }\n    }\n  }\n`;
    expect(text).toContain(info(11, 'observation', 4));
    expect(text).toContain(info(12, 'action', 2));
  });

  it('leaves the weights as they are, and no tensor behind', () => {
    const kernel = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const before = tensorCount();
    const write = (): Uint8Array => exportOnnx(({ x }) => ({ y: tf.matMul(x, kernel) }), { inputs: { x: { shape: ['N', 2] } } });
    expect(write()).toEqual(write());
    expect(tensorCount()).toBe(before);
    expect([...kernel.mul(2).dataSync()]).toEqual([2, 4, 6, 8]);
  });
});

describe('axes of any size', () => {
  const attention = { q: weight(6, 6), k: weight(6, 6), v: weight(6, 6) };
  const filter = weight(3, 3, 2, 4) as tf.Tensor4D;
  const dense = weight(100, 5) as tf.Tensor2D;
  const table = weight(9, 3);
  const last = weight(4, 2) as tf.Tensor2D;
  const row = weight(1, 4);
  const gelu = (x: tf.Tensor): tf.Tensor => x.mul(tf.erf(x.div(Math.SQRT2)).add(1)).mul(0.5);

  const cases: readonly [string, { readonly [name: string]: OnnxInput }, Fn][] = [
    ['an image through a convolution and a flat layer', { x: { shape: ['N', 5, 5, 2] } }, ({ x }) => ({ y: tf.matMul(tf.relu(tf.conv2d(x as tf.Tensor4D, filter, 1, 'same')).reshape([-1, 100]), dense) })],
    [
      'attention over a sequence of any length',
      { x: { shape: ['N', 'T', 6] } },
      ({ x }) => {
        const [n, t] = x.shape;
        const project = (w: tf.Tensor): tf.Tensor => tf.matMul(x.reshape([-1, 6]), w as tf.Tensor2D).reshape([n, t, 2, 3]).transpose([0, 2, 1, 3]);
        const weights = tf.softmax(tf.matMul(project(attention.q), project(attention.k), false, true).div(Math.sqrt(3)));
        return { y: tf.matMul(weights, project(attention.v)).transpose([0, 2, 1, 3]).reshape([n, t, 6]) };
      },
    ],
    ['a block of a transformer without fused operators', { x: { shape: ['N', 'T', 6] } }, ({ x }) => {
      const { mean, variance } = tf.moments(x, -1, true);
      const h = x.sub(mean).div(variance.add(1e-5).sqrt()).mul(attention.q.slice([0, 0], [1, 6])).add(attention.k.slice([0, 0], [1, 6]));
      return { y: x.add(tf.matMul(gelu(tf.matMul(h.reshape([-1, 6]), attention.v as tf.Tensor2D)), attention.q as tf.Tensor2D).reshape(x.shape)) };
    }],
    ['integers that pick rows', { i: { shape: ['N', 2], dtype: 'int32' } }, ({ i }) => ({ y: tf.gather(table, i.clipByValue(0, 8).toInt()).sum(1), hot: tf.oneHot(i.clipByValue(0, 8).toInt() as tf.Tensor1D, 9) })],
    ['truth values', { b: { shape: ['N', 3], dtype: 'bool' } }, ({ b }) => ({ y: tf.where(b, 2, -1), any: b.any(1), count: b.toInt().sum(1) })],
    ['the greatest of each row', { x: { shape: ['N', 7] } }, ({ x }) => ({ best: x.argMax(-1), top: tf.topk(x, 3).values, sorted: x.cumsum(1) })],
    ['normalised rows', { x: { shape: ['N', 7] } }, ({ x }) => ({ y: x.sub(x.mean(1, true)).div(x.sub(x.mean(1, true)).square().mean(1, true).add(1e-5).sqrt()), p: tf.logSoftmax(x) })],
    ['rows of constants beside those given', { x: { shape: ['N', 4] } }, ({ x }) => ({ y: tf.concat([x, row.tile([x.shape[0], 1]), tf.ones([x.shape[0], 2])], 1), constant: tf.fill([x.shape[0], 3], 0.5), broadcast: row.broadcastTo([x.shape[0], 4]) })],
    ['slices, turned and put together', { x: { shape: ['N', 4, 3] } }, ({ x }) => ({ y: tf.stack([x.slice([0, 1, 0], [-1, 1, -1]).squeeze([1]), x.reverse(1).slice([0, 0, 0], [-1, 1, -1]).squeeze([1])], 1), pad: x.pad([[0, 0], [1, 0], [0, 2]]), rows: x.reshape([x.shape[0] * 4, 3]) })],
    ['two inputs, one open size', { a: { shape: ['N', 4] }, b: { shape: ['N', 4] } }, ({ a, b }) => ({ y: tf.matMul(a.mul(b).add(a), last), z: tf.maximum(a, b).sum(1) })],
    ['the mean of all the rows of one given size', { x: { shape: [5, 'N'] } }, ({ x }) => ({ y: x.mean(0), z: x.max() })],
    ['an input that is handed on', { x: { shape: ['N'] } }, ({ x }) => ({ y: x, z: x.mul(1) })],
  ];

  it.each(cases)('%s', async (_, inputs, fn) => {
    expect(await difference(fn, inputs, [1, 2, 5, 71])).toBeLessThan(3e-6);
  });

  it('are declared by name, and in products', () => {
    const { inputs, outputs } = describeOnnx(exportOnnx(({ x }) => ({ y: x.reshape([x.shape[0] * 4, 3]), z: x.sum([1, 2]) }), { inputs: { x: { shape: ['batch', 4, 3] } } }));
    expect(inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch', 4, 3] }]);
    expect(outputs.map(({ shape }) => shape)).toEqual([['4*batch', 3], ['batch']]);
  });

  it('are told apart by their sizes', async () => {
    const model = await loadOnnx(exportOnnx(({ a, b }) => ({ y: tf.matMul(a, b) }), { inputs: { a: { shape: ['M', 'K'] }, b: { shape: ['K', 'N'] } } }));
    const { y } = await model.run({ a: ndarray('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)), b: ndarray('float32', [3, 1], Float32Array.of(1, 0, -1)) });
    expect(y).toEqual({ dtype: 'float32', shape: [2, 1], data: Float32Array.of(-2, -2) });
    expect(model.description.outputs[0].shape).toEqual(['M', 'N']);
    await model.dispose();
  });
});

describe('exportOnnx refuses', () => {
  const x = { x: { shape: ['N', 2] } };
  const stream = Rng.fromSeed(1);
  let count = 0;
  it.each<[string, () => unknown, RegExp]>([
    ['a kernel without a form in ONNX', () => exportOnnx(({ x: a }) => ({ y: tf.real(tf.fft(tf.complex(a, a))) }), { inputs: x }), /^exportOnnx: (the kernel 'Complex'|a complex64 tensor) has no form in an ONNX graph$/],
    ['sampling kernels', () => exportOnnx(({ x: a }) => ({ y: tf.multinomial(a as tf.Tensor2D, 1) }), { inputs: x }), /^exportOnnx: the kernel 'Multinomial' has no form in an ONNX graph$/],
    ['reading a tensor', () => exportOnnx(({ x: a }) => ({ y: a.mul(a.dataSync()[0]) }), { inputs: x }), /^exportOnnx: reading the elements of a tensor .* has no form/],
    ['noise from a stream', () => exportOnnx(({ x: a }) => ({ y: a.add(stream.normal([1, 2])) }), { inputs: x }), /^exportOnnx: the function does something else each time it runs: it draws random numbers or keeps a state\. .*deterministic/],
    ['noise of tfjs', () => exportOnnx(({ x: a }) => ({ y: a.add(tf.randomNormal([1, 2])) }), { inputs: { x: { shape: [1, 2] } } }), /it draws random numbers/],
    ['a state', () => exportOnnx(({ x: a }) => ({ y: a.mul(++count) }), { inputs: x }), /keeps a state/],
    ['a stream as an input', () => exportOnnx(({ x: a }) => ({ y: a }), { inputs: { x: { shape: [1] }, noise: stream as never } }), /^exportOnnx: the input 'noise' has no shape; a random stream cannot be an input/],
    ['a mean over a batch of any size', () => exportOnnx(({ x: a }) => ({ y: a.div(a.shape[0]) }), { inputs: x }), /^exportOnnx: one graph cannot hold the function for every size of 'N': give numbers instead \(a constant of .* became /],
    ['another graph for another size', () => exportOnnx(({ x: a }) => ({ y: a.shape[0] > 64 ? a.tanh() : a.relu() }), { inputs: x }), /for every size of 'N'.*\(the operator Relu became Tanh/],
    ['a result that is no record', () => exportOnnx((({ x: a }: Inputs) => a) as never, { inputs: x }), /^exportOnnx: the function must return a record of tensors, such as \{ action \}, but it returned something else$/],
    ['a result that holds no tensor', () => exportOnnx((() => ({ y: 3 })) as never, { inputs: x }), /'y' is no tensor$/],
    ['an empty result', () => exportOnnx(() => ({}), { inputs: x }), /its result is empty$/],
    ['a name twice', () => exportOnnx(({ x: a }) => ({ x: a.tanh() }), { inputs: x }), /^exportOnnx: 'x' is the name of an input and of an output/],
    ['a name of the inside', () => exportOnnx(({ v1 }) => ({ y: v1 }), { inputs: { v1: { shape: [1] } } }), /cannot be called 'v1'/],
    ['a name with a blank', () => exportOnnx((all) => ({ y: all['my x'] }), { inputs: { 'my x': { shape: [1] } } }), /needs a name of letters, digits and underscores/],
    ['a size of nothing', () => exportOnnx(({ x: a }) => ({ y: a }), { inputs: { x: { shape: [0, 2] } } }), /^exportOnnx: the shape of 'x' holds '0'; it must hold whole numbers of at least 1, and names$/],
    ['a type', () => exportOnnx(({ x: a }) => ({ y: a }), { inputs: { x: { shape: [1], dtype: 'float64' as never } } }), /^exportOnnx: the input 'x' is float64; it must be float32, int32 or bool$/],
    ['too many open axes', () => exportOnnx(({ x: a }) => ({ y: a }), { inputs: { x: { shape: ['A', 'B', 'C', 'D', 'E'] } } }), /5 axes of any size \(A, B, C, D, E\) are more than 4/],
  ])('%s', (_, attempt, message) => {
    const before = tensorCount();
    expect(attempt).toThrow(message);
    // Noise that the function itself made is the only thing that may stay.
    expect(tensorCount()).toBe(before);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('errors of the function itself go through', () => {
    expect(() => exportOnnx(({ x: a }) => ({ y: tf.matMul(a, tf.zeros([3, 3])) }), { inputs: x })).toThrow(/inner/);
  });
});

describe('loadOnnx', () => {
  const bytes = exportOnnx(({ x }) => ({ y: x.add(1) }), { inputs: { x: { shape: ['N', 2] } } });

  it('refuses what does not fit', async () => {
    const model = await loadOnnx(bytes);
    await expect(model.run({})).rejects.toThrow("loadOnnx: the input 'x', float32 [N, 2], is missing");
    await expect(model.run({ x: ndarray('float32', [2, 3]) })).rejects.toThrow("loadOnnx: the input 'x' is float32 [2, 3]; the model wants float32 [N, 2]");
    await expect(model.run({ x: ndarray('int32', [1, 2]) })).rejects.toThrow('the model wants float32 [N, 2]');
    await model.dispose();
  });

  it('refuses what is no model', async () => {
    await expect(loadOnnx(bytes.subarray(0, bytes.length - 3))).rejects.toThrow('the bytes end within a field');
    await expect(loadOnnx(new Uint8Array(0))).rejects.toThrow('describeOnnx: these bytes are no ONNX model');
    await expect(loadOnnx(new TextEncoder().encode('{"not": "onnx"}'))).rejects.toThrow(/protobufFields: |no ONNX model/);
  });
});
