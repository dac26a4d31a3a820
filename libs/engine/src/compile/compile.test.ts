import { beforeAll, describe, expect, it } from 'vitest';
import { adam } from '../adam.js';
import { applyUpdates } from '../applyUpdates.js';
import { ndarray } from '../ndarray.js';
import { Rng } from '../rng.js';
import { tensorCount } from '../tensorCount.js';
import { tf } from '../tf.js';
import type { Tree } from '../tree.js';
import { valueAndGrad } from '../valueAndGrad.js';
import { compile } from './compile.js';
import { pack } from './flatten.js';
import type { Packed } from './packed.js';

type State = { readonly weights: tf.Tensor; readonly optimizer: Tree };
type Batch = { readonly x: tf.Tensor; readonly y: tf.Tensor };

const optimizer = adam(0.1);

/** A step of linear regression by Adam. */
function regression(state: State, batch: Batch): { state: State; metrics: { loss: tf.Tensor } } {
  const { loss, grads } = valueAndGrad((weights: tf.Tensor) => tf.matMul(batch.x, weights).sub(batch.y).square().mean() as tf.Scalar)(state.weights);
  const step = optimizer.update(grads, state.optimizer as never, state.weights);
  return { state: { weights: applyUpdates(state.weights, step.updates), optimizer: step.state }, metrics: { loss } };
}

const initial = (): State => ({ weights: tf.tensor2d([0.5, -0.5], [2, 1]), optimizer: optimizer.init(tf.zeros([2, 1])) });
const batch = (): Batch => ({ x: tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), y: tf.tensor2d([1, 0, -1], [3, 1]) });

const refuse = (line: string): never => {
  throw new Error(line);
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('compile', () => {
  it('gives what the function gives, call after call', async () => {
    const step = compile(regression, { warn: refuse });
    let packed = pack(initial());
    let state = initial();
    for (let i = 0; i < 20; i++) {
      const result = await step(packed, batch());
      const eager = regression(state, batch());
      expect(result.metrics.toNumbers().loss).toBeCloseTo(eager.metrics.loss.dataSync()[0], 5);
      packed = result.state;
      state = eager.state;
    }
    const weights = packed.toHost().weights.data;
    state.weights.dataSync().forEach((weight, i) => expect(weights[i]).toBeCloseTo(weight, 5));
    expect(step.forms).toHaveLength(1);
    expect(step.forms[0].how).toBe('compiled');
    await step.dispose();
  });

  it('takes tensors, arrays on the host and packed trees alike', async () => {
    const double = compile((tree: { a: tf.Tensor; b: readonly tf.Tensor[] }) => ({ out: { a: tree.a.mul(2), b: tree.b[0].add(1) } }), { warn: refuse });
    const tensors = { a: tf.tensor1d([1, 2]), b: [tf.scalar(5)] };
    const arrays = { a: ndarray('float32', [2], Float32Array.of(1, 2)), b: [ndarray('float64', [], Float64Array.of(5))] };
    for (const tree of [tensors, arrays, pack(tensors), { a: pack(tensors.a), b: tensors.b }]) {
      const { out } = await double(tree);
      expect([...out.toHost().a.data, ...out.toHost().b.data]).toEqual([2, 4, 6]);
    }
    expect(double.forms).toHaveLength(1);
    await double.dispose();
  });

  it('keeps integers, bytes and truth values apart', async () => {
    const f = compile((x: { i: tf.Tensor; b: tf.Tensor; u: tf.Tensor }) => ({ out: { i: x.i.add(x.u), b: x.b.logicalNot(), sum: x.b.sum(), f: x.u.toFloat().div(2) } }), { warn: refuse });
    const { out } = await f({ i: tf.tensor1d([1, -2], 'int32'), b: tf.tensor1d([true, false], 'bool'), u: ndarray('uint8', [2], Uint8Array.of(255, 3)) });
    const host = out.toHost();
    expect([host.i.dtype, host.b.dtype, host.sum.dtype, host.f.dtype]).toEqual(['int32', 'uint8', 'int32', 'float32']);
    expect([[...host.i.data], [...host.b.data], [...host.sum.data], [...host.f.data]]).toEqual([[256, 1], [0, 1], [1], [127.5, 1.5]]);
    const tensors = out.toTensors();
    expect([tensors.i.dtype, tensors.b.dtype]).toEqual(['int32', 'bool']);
    await f.dispose();
  });

  it('reads its arguments before it returns', async () => {
    const f = compile((x: tf.Tensor) => ({ out: x.mul(10) }), { warn: refuse });
    const array = ndarray('float32', [2], Float32Array.of(1, 2));
    const first = f(array);
    array.data.fill(7);
    const second = f(array);
    expect([...(await first).out.toHost().data]).toEqual([10, 20]);
    expect([...(await second).out.toHost().data]).toEqual([70, 70]);
    await f.dispose();
  });

  it('compiles once for each structure, shape, type and plain value', async () => {
    let traces = 0;
    const f = compile((x: tf.Tensor, options: { times: number; name?: string }) => {
      traces++;
      return { out: options.times === 2 ? x.mul(2) : x.neg() };
    }, { warn: refuse });
    const vector = (...values: number[]): tf.Tensor => tf.tensor1d(values);
    expect([...(await f(vector(1, 2), { times: 2 })).out.toHost().data]).toEqual([2, 4]);
    expect([...(await f(vector(3, 4), { times: 2 })).out.toHost().data]).toEqual([6, 8]);
    expect(traces).toBe(1);
    expect([...(await f(vector(3, 4), { times: 1 })).out.toHost().data]).toEqual([-3, -4]);
    expect([...(await f(vector(1), { times: 2 })).out.toHost().data]).toEqual([2]);
    expect((await f(tf.tensor1d([1, 2], 'int32'), { times: 1 })).out.toHost().dtype).toBe('int32');
    expect(traces).toBe(4);
    await Promise.all([f(vector(1, 2, 3), { times: 2 }), f(vector(1, 2, 3), { times: 2 })]);
    expect(traces).toBe(5);
    expect(f.forms).toHaveLength(5);
    await f.dispose();
    expect(f.forms).toHaveLength(0);
    expect([...(await f(vector(1, 2), { times: 2 })).out.toHost().data]).toEqual([2, 4]);
    await f.dispose();
  });

  it('draws noise afresh for every call, as the function would', async () => {
    const draw = (scale: tf.Tensor, { rng }: { rng: Rng }) => {
      const [first, second] = rng.split(2);
      const logits = tf.zeros([4, 3]);
      return { out: { normal: first.normal([3]).mul(scale), uniform: second.foldIn('x').uniform([2, 2], -1, 5), gumbel: rng.gumbel([2]), index: rng.categorical(logits), again: rng.normal([3]) } };
    };
    const compiled = compile(draw, { warn: refuse });
    const [rng, twin] = [Rng.fromSeed(5), Rng.fromSeed(5)];
    const scale = tf.scalar(1);
    for (let i = 0; i < 3; i++) {
      const host = (await compiled(scale, { rng })).out.toHost();
      const { out } = draw(scale, { rng: twin });
      for (const name of ['normal', 'uniform', 'gumbel', 'index', 'again'] as const) expect([...host[name].data]).toEqual([...out[name].dataSync()]);
    }
    expect(rng.state()).toEqual(twin.state());
    expect(compiled.forms).toHaveLength(1);
    await compiled.dispose();
  });

  it('hands an argument on without a copy, and gives one value under two names', async () => {
    const f = compile((state: { big: tf.Tensor; small: tf.Tensor }) => ({ state, twice: state.small.mul(2), again: state.small.mul(2), constant: tf.ones([3]) }), { warn: refuse });
    const state = pack({ big: tf.ones([100, 100]), small: tf.tensor1d([1, 2]) });
    const result = await f(state);
    expect(result.state.buffers[0]).toBe(state.buffers[0]);
    expect([...result.again.toHost().data, ...result.twice.toHost().data, ...result.constant.toHost().data]).toEqual([2, 4, 2, 4, 1, 1, 1]);
    expect(f.forms[0].operators).toEqual({ Mul: 1 });
    await f.dispose();
  });

  it('bakes in what the function reaches by closure, and leaves it usable', async () => {
    const outside = tf.tensor1d([10, 20]);
    const copy = outside.clone();
    const f = compile((x: tf.Tensor) => ({ out: x.add(outside) }), { warn: refuse });
    expect([...(await f(tf.tensor1d([1, 2]))).out.toHost().data]).toEqual([11, 22]);
    expect([...(await f(tf.tensor2d([[1, 2]]))).out.toHost().data]).toEqual([11, 22]);
    expect([...outside.add(1).dataSync()]).toEqual([11, 21]);
    outside.dispose();
    expect([...copy.dataSync()]).toEqual([10, 20]);
    await f.dispose();
  });

  it('leaks no tensor and stays on the backend of before', async () => {
    const step = compile(regression, { warn: refuse });
    const [state, rows] = [pack(initial()), batch()];
    const before = tensorCount();
    let packed = state;
    for (let i = 0; i < 5; i++) packed = (await step(packed, rows)).state;
    expect(tensorCount()).toBe(before);
    expect(tf.getBackend()).toBe('cpu');
    await step.dispose();
  });
});

describe('falling back', () => {
  const withFft = (x: tf.Tensor): { out: tf.Tensor; noise?: tf.Tensor } => ({ out: tf.real(tf.spectral.fft(x.toFloat().asType('complex64'))) });

  it('runs eagerly what has no ONNX form, with one warning that names the kernel', async () => {
    const warnings: string[] = [];
    const f = compile(withFft, { warn: (line) => warnings.push(line) });
    const before = tensorCount();
    const x = tf.tensor1d([1, 2, 3, 4]);
    expect([...(await f(x)).out.toHost().data].map(Math.round)).toEqual([10, -2, -2, -2]);
    expect([...(await f(tf.tensor1d([1, 1]))).out.toHost().data].map(Math.round)).toEqual([2, 0]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^compile: withFft runs eagerly, because .*(Complex|complex64|Cast)/);
    expect(f.forms.map(({ how }) => how)).toEqual(['eager', 'eager']);
    expect(tensorCount()).toBe(before + 2);
    await f.dispose();
  });

  it('names the kernel', async () => {
    const warnings: string[] = [];
    const f = compile((x: tf.Tensor) => ({ out: tf.image.cropAndResize(x as tf.Tensor4D, [[0, 0, 1, 1]], [0], [1, 1]) }), { warn: (line) => warnings.push(line) });
    await f(tf.ones([1, 2, 2, 1]));
    expect(warnings).toEqual(["compile: a function runs eagerly, because the kernel 'CropAndResize' cannot be compiled"]);
  });

  it('draws the same noise and keeps the state', async () => {
    const warnings: string[] = [];
    const f = compile((state: tf.Tensor, rng: Rng) => {
      if (state.dataSync()[0] > 1e9) throw new Error('never');
      return { state: state.add(rng.normal([2])) };
    }, { warn: (line) => warnings.push(line) });
    const rng = Rng.fromSeed(3);
    const twin = Rng.fromSeed(3);
    let state = pack(tf.zeros([2])) as Packed<tf.Tensor>;
    const expected = tf.zeros([2]).add(twin.normal([2])).add(twin.normal([2]));
    for (let i = 0; i < 2; i++) state = (await f(state, rng)).state;
    expect([...state.toHost().data]).toEqual([...expected.dataSync()]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('reading the elements of a tensor');
  });

  it('does not take an error of the function for a missing kernel', async () => {
    const f = compile((x: tf.Tensor) => ({ out: x.matMul(x) }), { warn: refuse });
    await expect(f(tf.ones([2, 3]))).rejects.toThrow(/inner dimensions/i);
    expect(tf.getBackend()).toBe('cpu');
    const before = tensorCount();
    await expect(f(tf.ones([2, 3]))).rejects.toThrow();
    expect(tensorCount()).toBe(before + 1);
  });
});

describe('errors', () => {
  it('says what an argument or a result must be', async () => {
    const f = compile((x: unknown) => ({ out: x as tf.Tensor }), { warn: refuse });
    await expect(f(new Map() as never)).rejects.toThrow("compile: 'argument 0' is Map; arguments and results are made of");
    await expect(f({ a: { b: () => 1 } } as never)).rejects.toThrow("'argument 0/a/b' is a function");
    await expect(f(tf.tensor1d(['a']) as never)).rejects.toThrow("'argument 0' is a string tensor");
    const bare = compile(((x: tf.Tensor) => x) as never, { warn: refuse }) as unknown as (x: tf.Tensor) => Promise<unknown>;
    await expect(bare(tf.scalar(1))).rejects.toThrow('the function must return a record of trees');
    expect(() => pack({ rng: Rng.fromSeed(1) })).toThrow('a random stream cannot be packed');
    expect(() => pack({ a: tf.ones([2]) }).toNumbers()).toThrow("'a' has the shape [2]");
  });

  it('refuses a compiled function inside another', async () => {
    const inner = compile((x: tf.Tensor) => ({ out: x }), { warn: refuse });
    const failures: Promise<unknown>[] = [];
    const outer = compile((x: tf.Tensor) => {
      failures.push(expect(inner(x)).rejects.toThrow('already being traced'));
      return { out: x };
    }, { warn: refuse });
    expect([...(await outer(tf.scalar(1))).out.toHost().data]).toEqual([1]);
    expect(failures).toHaveLength(1);
    await Promise.all(failures);
    await outer.dispose();
  });
});

describe('the graph', () => {
  const operatorsOf = async (f: (x: { [name: string]: tf.Tensor }) => { [name: string]: tf.Tensor }, x: { [name: string]: tf.Tensor }): Promise<{ [op: string]: number }> => {
    const compiled = compile(f, { warn: refuse });
    await compiled(x);
    const { operators } = compiled.forms[0];
    await compiled.dispose();
    return operators;
  };
  const matrix = tf.ones([3, 3]);

  it('shares common subexpressions, drops what changes nothing and what nobody needs', async () => {
    expect(await operatorsOf(({ x }) => { x.exp(); return { a: x.tanh().mul(1).add(0).clone(), b: x.tanh().neg().neg().reshape([9]).reshape([3, 3]).transpose().transpose() }; }, { x: matrix })).toEqual({ Tanh: 1 });
  });

  it('folds transposes and biases into products, and keeps constants as shapes', async () => {
    expect(await operatorsOf(({ x }) => ({ a: tf.matMul(x.transpose(), x, false, true).add(tf.ones([3, 3])).sub(tf.zerosLike(x)) }), { x: matrix })).toEqual({ Gemm: 1 });
  });

  it('never writes repetitions out that an elementwise operator sees through', async () => {
    expect(await operatorsOf(({ x }) => ({ a: x.sum(1, true).tile([1, 3]).mul(x).add(tf.fill([3, 3], 2)) }), { x: matrix })).toEqual({ ReduceSum: 1, Mul: 1, Add: 1 });
  });
});

describe('eager by choice', () => {
  it('runs the function itself, without a warning, with the same results and the same draws', async () => {
    const f = (x: tf.Tensor, rng: Rng) => ({ y: x.mul(2).add(rng.normal([3])), sum: x.sum() });
    const warnings: string[] = [];
    const [eager, compiled] = [compile(f, { eager: true, warn: (line) => warnings.push(line) }), compile(f)];
    const [one, other] = [Rng.fromSeed(4), Rng.fromSeed(4)];
    const x = tf.tensor1d([1, 2, 3]);
    for (let i = 0; i < 2; i++) {
      const [a, b] = [await eager(x, one), await compiled(x, other)];
      expect(Array.from((a.y.toHost() as { data: ArrayLike<number> }).data)).toEqual(Array.from((b.y.toHost() as { data: ArrayLike<number> }).data));
      expect(a.sum.toNumbers()).toEqual(b.sum.toNumbers());
    }
    expect([eager.forms, warnings]).toEqual([[{ how: 'eager', operators: {} }], []]);
    expect(one.state()).toEqual(other.state());
    x.dispose();
    await compiled.dispose();
  });
});
