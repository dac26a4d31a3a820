import { disposeTree, Rng, tf, treeMap } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  categoricalPolicy, checkModule, conditionedPolicy, constant, deterministicPolicy, embedding, type Gaussian, gaussianPolicy, linear, mlp, type Module, multiDiscretePolicy, orthogonal, parallel, parameterCount, type Policy, qEnsemble, qNetwork,
  reduceEnsemble, sequential, subsetMask, valueNet, zeros,
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

function expectClose(actual: tf.Tensor, expected: number[], digits = 5): void {
  const values = numbers(actual);
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], digits));
}

const x = Rng.fromSeed(1).normal([4, 3]);
const sequence = Rng.fromSeed(2).normal([2, 5, 3]);
const body = (out: number, input = 3) => mlp({ in: input, hidden: [6], out, activation: 'tanh' });
/** A body that gives the same numbers for every input. */
const fixed = (...values: number[]): Module<tf.Tensor, tf.Tensor> => linear({ in: 3, out: values.length, kernelInit: zeros(), biasInit: (_rng, shape) => Float32Array.from({ length: shape[0] }, (_, i) => values[i]) });

describe('categoricalPolicy', () => {
  it('keeps the module contract', async () => {
    const event = tf.tensor1d([0, 1, 1, 0], 'int32');
    await checkModule(categoricalPolicy({ body: body(2) }), x, { view: (p) => p.logProb(event) });
  });

  it('divides by the temperature, and masks', () => {
    const policy = categoricalPolicy({ body: fixed(1, 3), temperature: 2 });
    const parameters = policy.init(Rng.fromSeed(1));
    expectClose(policy.apply(parameters, x.slice([0], [1])).logits, [0.5, 1.5]);
    const masked = policy.apply(parameters, { observation: x, mask: tf.tensor2d([[1, 0], [0, 1], [1, 1], [1, 0]]) });
    expect(numbers(masked.mode())).toEqual([0, 1, 1, 0]);
    expect(() => categoricalPolicy({ body: fixed(1), temperature: 0 })).toThrow('temperature must be positive, got 0');
  });

  it('takes sequences', () => {
    const policy: Policy = categoricalPolicy({ body: body(2) });
    expect(policy.apply(policy.init(Rng.fromSeed(1)), sequence).entropy().shape).toEqual([2, 5]);
  });

  it('is a table over states with an embedding of zeros: uniform at first', () => {
    const policy = categoricalPolicy({ body: embedding({ count: 5, dim: 4, init: zeros() }) });
    const parameters = policy.init(Rng.fromSeed(1));
    expect(parameterCount(parameters)).toBe(20);
    expectClose(policy.apply(parameters, tf.tensor1d([0, 4], 'int32')).entropy(), [Math.log(4), Math.log(4)]);
  });
});

describe('multiDiscretePolicy', () => {
  it('keeps the module contract and masks', async () => {
    const policy = multiDiscretePolicy({ body: body(5), nvec: [2, 3] });
    const event = tf.tensor2d([0, 1, 1, 2, 0, 0, 1, 1], [4, 2], 'int32');
    await checkModule(policy, x, { view: (p) => p.logProb(event) });
    const mask = tf.tile(tf.tensor2d([[0, 1, 0, 1, 0]]), [4, 1]);
    expect(numbers(policy.apply(policy.init(Rng.fromSeed(1)), { observation: x, mask }).mode())).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });
});

describe('gaussianPolicy', () => {
  const event = Rng.fromSeed(3).normal([4, 2]).mul(0.5).tanh();

  it.each([
    ['none', 'state'], ['none', 'free'], ['none', 'fixed'], ['tanh', 'state'], ['tanh', 'free'], ['tanh', 'fixed'],
  ] as const)('squash %s, std %s keeps the module contract', async (squash, std) => {
    const policy = gaussianPolicy({ body: body(std === 'state' ? 4 : 2), dim: 2, squash, std, initialStd: 0.7 });
    await checkModule(policy, x, { view: (p) => p.logProb(event), step: 3e-3 });
    const parameters = policy.init(Rng.fromSeed(1));
    const count = 3 * 6 + 6 + 7 * (std === 'state' ? 4 : 2);
    expect(parameterCount(parameters)).toBe(std === 'free' ? count + 2 : count);
    const p = policy.apply(parameters, sequence);
    expect(p.sample(p.noise(Rng.fromSeed(1))).shape).toEqual([2, 5, 2]);
  });

  it('takes its std from where it should', () => {
    const free = gaussianPolicy({ body: fixed(5, 6), dim: 2, initialStd: 0.5 });
    const parameters = free.init(Rng.fromSeed(1));
    expectClose(free.apply(parameters, x.slice([0], [1])).std, [0.5, 0.5]);
    expectClose(free.apply({ ...parameters, logStd: tf.tensor1d([0, 1]) }, x.slice([0], [1])).std, [1, Math.E]);
    const state = gaussianPolicy({ body: fixed(5, 6, -1, 9), dim: 2, std: 'state' });
    const p = state.apply(state.init(Rng.fromSeed(1)), x.slice([0], [1]));
    expectClose(p.mean, [5, 6]);
    // Log std 9 is cut off at 2.
    expectClose(p.std, [Math.exp(-1), Math.exp(2)], 4);
    const smooth = gaussianPolicy({ body: fixed(0, 0.5), dim: 1, std: 'state', logStdBounds: [-5, 2], boundBy: 'tanh' });
    expectClose(smooth.apply(smooth.init(Rng.fromSeed(1)), x.slice([0], [1])).std, [Math.exp(-5 + 3.5 * (Math.tanh(0.5) + 1))]);
  });

  it('squashes', () => {
    const policy = gaussianPolicy({ body: fixed(2), dim: 1, squash: 'tanh', std: 'fixed', initialStd: 0.1 });
    const p = policy.apply(policy.init(Rng.fromSeed(1)), x.slice([0], [1]));
    expectClose(p.mode(), [Math.tanh(2)]);
    expectClose(p.base.std, [0.1]);
  });

  it('says what is wrong', () => {
    const policy = gaussianPolicy({ body: body(2), dim: 2, std: 'state' });
    expect(() => policy.apply(policy.init(Rng.fromSeed(1)), x)).toThrow("gaussianPolicy, the body's output: the last axis should have 4 entries, got the shape [4, 2]");
    expect(() => gaussianPolicy({ body: body(2), dim: 2, initialStd: 0 })).toThrow('initialStd must be positive');
    expect(() => gaussianPolicy({ body: body(2), dim: 2, logStdBounds: [2, -5] })).toThrow('low < high');
  });
});

describe('deterministicPolicy', () => {
  it('keeps the module contract', async () => {
    await checkModule(deterministicPolicy({ body: body(2), dim: 2 }), x, { view: (p) => p.value });
    await checkModule(deterministicPolicy({ body: body(2), dim: 2 }), sequence, { view: (p) => p.value });
  });

  it('fills its box', () => {
    const policy = deterministicPolicy({ body: fixed(0, 100, -100), dim: 3, box: { low: [0, -2, -2], high: [4, 2, 2] } });
    expectClose(policy.apply(policy.init(Rng.fromSeed(1)), x.slice([0], [1])).value, [2, 2, -2]);
    expect(() => deterministicPolicy({ body: body(2), dim: 2, box: { low: [0, -Infinity], high: [1, 1] } })).toThrow('the box needs 2 finite bounds');
  });
});

describe('valueNet', () => {
  it('keeps the module contract', async () => {
    await checkModule(valueNet({ body: body(1) }), x);
    await checkModule(valueNet({ body: body(1), output: 'sigmoid' }), sequence);
  });

  it('drops the last axis, with members too', () => {
    const value = valueNet({ body: mlp({ in: 3, hidden: [4], out: 1, members: 5 }) });
    expect(value.apply(value.init(Rng.fromSeed(1)), x).shape).toEqual([5, 4]);
    const sigmoid = valueNet({ body: fixed(2), output: 'sigmoid' });
    expectClose(sigmoid.apply(sigmoid.init(Rng.fromSeed(1)), x.slice([0], [1])), [1 / (1 + Math.exp(-2))]);
    const wrong = valueNet({ body: body(2) });
    expect(() => wrong.apply(wrong.init(Rng.fromSeed(1)), x)).toThrow("valueNet, the body's output: the last axis should have 1 entries");
  });
});

describe('qNetwork', () => {
  const input = { observation: x, action: Rng.fromSeed(6).normal([4, 2]) };

  it('keeps the module contract', async () => {
    await checkModule(qNetwork({ body: body(3), actions: 3 }), x);
    await checkModule(qNetwork({ body: body(4), actions: 3, dueling: true }), x);
    await checkModule(qNetwork({ body: body(1, 5), actionDim: 2 }), input);
    await checkModule(qNetwork({ body: body(3), actions: 3 }), sequence);
  });

  it('is dueling: V + A - mean A', () => {
    const q = qNetwork({ body: fixed(10, 1, 2, 6), actions: 3, dueling: true });
    expectClose(q.apply(q.init(Rng.fromSeed(1)), x.slice([0], [1])), [8, 9, 13]);
  });

  it('can have separate streams', () => {
    const streams = parallel(body(1, 6), body(3, 6));
    const q = qNetwork({ body: sequential(linear({ in: 3, out: 6 }), streams), actions: 3, dueling: true });
    expect(q.apply(q.init(Rng.fromSeed(1)), x).shape).toEqual([4, 3]);
  });

  it('reads observation and action side by side', () => {
    const q = qNetwork({ body: linear({ in: 5, out: 1, kernelInit: () => Float32Array.of(1, 10, 100, 1000, 10_000), biasInit: zeros() }), actionDim: 2 });
    expectClose(q.apply(q.init(Rng.fromSeed(1)), { observation: tf.tensor2d([[1, 2, 3]]), action: tf.tensor2d([[4, 5]]) }), [54_321], 1);
    expect(() => q.apply(q.init(Rng.fromSeed(1)), { observation: x, action: x })).toThrow('qNetwork, the action: the last axis should have 2 entries');
  });
});

describe('qEnsemble', () => {
  const critic = qNetwork({ body: body(1, 5), actionDim: 2 });
  const input = { observation: x, action: Rng.fromSeed(6).normal([4, 2]) };

  it('keeps the module contract', async () => {
    await checkModule(qEnsemble(critic), input);
  });

  it('equals its critics one by one', () => {
    const twins = qEnsemble(critic, 2);
    const parameters = twins.init(Rng.fromSeed(9));
    const q = twins.apply(parameters, input);
    expect(q.shape).toEqual([2, 4]);
    const second = treeMap((leaf) => leaf.slice([1], [1]).squeeze([0]), parameters);
    expectClose(q.slice([1], [1]), numbers(critic.apply(second, input)), 6);
  });
});

describe('reduceEnsemble', () => {
  const q = tf.tensor2d([[3, 1], [1, 2], [2, 2], [10, -4]]);

  it('takes the minimum, the mean, that of a subset, and quantiles', () => {
    expectClose(reduceEnsemble(q, 'min'), [1, -4]);
    expectClose(reduceEnsemble(q, 'mean'), [4, 0.25]);
    expectClose(reduceEnsemble(q, 'subset', { mask: tf.tensor1d([1, 0, 1, 0]) }), [2, 1]);
    expectClose(reduceEnsemble(q, 'quantile', { level: 0 }), [1, -4]);
    expectClose(reduceEnsemble(q, 'quantile', { level: 1 }), [10, 2]);
    // Sorted (1, 2, 3, 10) and (-4, 1, 2, 2); NumPy's quantile 0.5 and 0.25.
    expectClose(reduceEnsemble(q, 'quantile', { level: 0.5 }), [2.5, 1.5]);
    expectClose(reduceEnsemble(q, 'quantile', { level: 0.25 }), [1.75, -0.25]);
  });

  it('differentiates', () => {
    const by = (how: 'min' | 'mean' | 'subset' | 'quantile', options = {}): number[] => numbers(tf.grad((x: tf.Tensor) => reduceEnsemble(x, how, options).sum())(q));
    expect(by('min')).toEqual([0, 0, 1, 0, 0, 0, 0, 1]);
    expect(by('mean')).toEqual(new Array(8).fill(0.25));
    expect(by('subset', { mask: tf.tensor1d([1, 0, 1, 0]) })).toEqual([0, 1, 0, 0, 1, 0, 0, 0]);
    // The median of (3, 1, 2, 10) halves 2 and 3; that of (1, 2, 2, -4) halves 1 and the first 2.
    expect(by('quantile', { level: 0.5 })).toEqual([0.5, 0.5, 0, 0.5, 0.5, 0, 0, 0]);
  });

  it('says what is missing, and leaks nothing', () => {
    expect(() => reduceEnsemble(q, 'subset')).toThrow("'subset' needs options.mask [M]; draw it by subsetMask");
    expect(() => reduceEnsemble(q, 'quantile', { level: 2 })).toThrow("'quantile' needs options.level in [0, 1], got 2");
    const mask = tf.tensor1d([1, 0, 1, 0]);
    const before = tf.memory().numTensors;
    for (const how of ['min', 'mean', 'subset', 'quantile'] as const) reduceEnsemble(q, how, { mask, level: 0.5 }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('subsetMask draws every member equally often', () => {
    const rng = Rng.fromSeed(1);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 2000; i++) {
      const mask = numbers(subsetMask(rng, 5, 2));
      expect(mask.reduce((a, b) => a + b)).toBe(2);
      mask.forEach((m, k) => (counts[k] += m));
    }
    // Each count is binomial with mean 800 and variance 480.
    for (const count of counts) expect(Math.abs(count - 800)).toBeLessThan(4 * Math.sqrt(480));
    expect(() => subsetMask(rng, 2, 3)).toThrow('size must be an integer in [1, 2], got 3');
  });
});

describe('conditionedPolicy', () => {
  const base = gaussianPolicy({ body: body(2, 5), dim: 2 });
  const policy = conditionedPolicy(base, { context: 'goal', dim: 2 });

  it('equals its base on observation and context side by side', async () => {
    const context = Rng.fromSeed(4).normal([4, 2]);
    await checkModule(policy, { observation: x, context }, { view: (p: Gaussian) => p.logProb(tf.zeros([4, 2])) });
    const parameters = policy.init(Rng.fromSeed(1));
    expectClose(policy.apply(parameters, { observation: x, context }).mean, numbers(base.apply(parameters, tf.concat([x, context], 1)).mean), 6);
    disposeTree(parameters);
  });

  it('spreads a context over an episode, or over everything', () => {
    const parameters = policy.init(Rng.fromSeed(1));
    const context = tf.tensor2d([[1, 2], [3, 4]]);
    const mean = policy.apply(parameters, { observation: sequence, context }).mean;
    const second = tf.concat([sequence.slice([1], [1]).squeeze([0]), tf.tile(tf.tensor2d([[3, 4]]), [5, 1])], 1);
    expectClose(mean.slice([1], [1]), numbers(base.apply(parameters, second).mean), 6);
    expect(policy.apply(parameters, { observation: sequence, context: tf.tensor1d([1, 2]) }).mean.shape).toEqual([2, 5, 2]);
  });

  it('conditions critics as well, and names the context in errors', () => {
    const value = conditionedPolicy(valueNet({ body: body(1, 5) }), { context: 'skill', dim: 2 });
    const parameters = value.init(Rng.fromSeed(1));
    expect(value.apply(parameters, { observation: x, context: tf.zeros([4, 2]) }).shape).toEqual([4]);
    expect(() => value.apply(parameters, { observation: x, context: tf.zeros([4, 3]) })).toThrow('conditionedPolicy, the skill: the last axis should have 2 entries, got the shape [4, 3]');
  });
});

describe('a starting policy', () => {
  it('with outputGain 0.01 is nearly uniform', () => {
    const policy = categoricalPolicy({ body: mlp({ in: 3, hidden: [16], out: 4, outputGain: 0.01, kernelInit: orthogonal(Math.SQRT2), biasInit: constant(0) }) });
    const entropy = numbers(policy.apply(policy.init(Rng.fromSeed(1)), x).entropy());
    for (const value of entropy) expect(Math.abs(value - Math.log(4))).toBeLessThan(1e-3);
  });
});
