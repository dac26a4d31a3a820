import { disposeTree, Rng, tf, treeMap } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { activation, type Activation, checkGradients, checkModule, constant, conv2d, dropout, embedding, ensemble, layerNorm, linear, mlp, natureCnn, parallel, parameterCount, rmsNorm, sequential, zeros } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[], digits = 5): void {
  const values = Array.from(actual.dataSync());
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], digits));
}

describe('activation', () => {
  // Values of the closed forms at -1.5, 0 and 2, computed in float64 apart from this code.
  const cases: [Activation, number[]][] = [
    ['identity', [-1.5, 0, 2]],
    ['relu', [0, 0, 2]],
    ['leakyRelu', [-0.015, 0, 2]],
    ['tanh', [-0.9051482536, 0, 0.9640275801]],
    ['elu', [-0.7768698399, 0, 2]],
    ['silu', [-0.2736382885, 0, 1.7615941559]],
    ['gelu', [-0.1002107985, 0, 1.9544997361]],
    ['softplus', [0.2014132779, 0.6931471806, 2.126928011]],
    ['sigmoid', [0.1824255238, 0.5, 0.880797078]],
  ];
  it.each(cases)('%s', async (name, expected) => {
    expectClose(activation(name)(tf.tensor1d([-1.5, 0, 2])), expected, 6);
    await checkGradients((x) => activation(name)(x), [tf.tensor1d([-1.5, -0.3, 0.4, 2])]);
  });

  it('names the known ones when asked for another', () => {
    expect(() => activation('swish' as Activation)).toThrow(/unknown name 'swish'; there are identity, relu/);
  });
});

describe('linear', () => {
  const parameters = { kernel: tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), bias: tf.tensor1d([0.5, 0, -1]) };

  it('multiplies and adds', () => {
    expectClose(linear({ in: 2, out: 3 }).apply(parameters, tf.tensor2d([[1, 0], [2, -1]])), [1.5, 2, 2, -1.5, -1, -1]);
  });

  it('takes any leading axes, and integers', () => {
    const module = linear({ in: 2, out: 3 });
    const x = tf.tensor3d([1, 0, 2, -1, 3, 3, 0, 0], [2, 2, 2]);
    const y = module.apply(parameters, x);
    expect(y.shape).toEqual([2, 2, 3]);
    expectClose(y, Array.from(module.apply(parameters, x.reshape([4, 2])).dataSync()));
    expect(module.apply(parameters, tf.tensor1d([1, 0])).shape).toEqual([3]);
    expectClose(module.apply(parameters, tf.tensor2d([1, 0], [1, 2], 'int32')), [1.5, 2, 2]);
  });

  it('keeps the module contract', async () => {
    await checkModule(linear({ in: 3, out: 4 }), Rng.fromSeed(2).normal([5, 3]));
    await checkModule(linear({ in: 3, out: 4 }), Rng.fromSeed(2).normal([2, 5, 3]));
  });

  it('starts as PyTorch does', () => {
    const { kernel, bias } = linear({ in: 4, out: 500 }).init(Rng.fromSeed(1));
    for (const parameter of [kernel, bias]) expect(parameter.abs().max().dataSync()[0]).toBeLessThanOrEqual(0.5);
    expect(bias.abs().max().dataSync()[0]).toBeGreaterThan(0.48);
  });

  it('says which size is wrong', () => {
    expect(() => linear({ in: 3, out: 4 }).apply(parameters, tf.zeros([5, 2]))).toThrow('linear: the last axis should have 3 entries, got the shape [5, 2]');
  });
});

describe('mlp', () => {
  it('is the composition of its layers', () => {
    const module = mlp({ in: 2, hidden: [2], out: 1, activation: 'relu' });
    const parameters = { layers: [{ kernel: tf.tensor2d([[1, -1], [2, 1]]), bias: tf.tensor1d([0, 1]) }, { kernel: tf.tensor2d([[1], [10]]), bias: tf.tensor1d([0.25]) }] };
    // x = (1, 1): hidden relu(3, 1) -> 3 + 10 + 0.25; x = (-1, 0): hidden relu(-1, 2) = (0, 2) -> 20.25.
    expectClose(module.apply(parameters, tf.tensor2d([[1, 1], [-1, 0]])), [13.25, 20.25]);
  });

  it('keeps the module contract in all its forms', async () => {
    const x = Rng.fromSeed(3).normal([4, 3]);
    await checkModule(mlp({ in: 3, hidden: [5, 4], out: 2, activation: 'tanh' }), x);
    await checkModule(mlp({ in: 3, hidden: [5, 4], out: 2, activation: 'silu', layerNorm: true }), x, { step: 3e-3 });
    await checkModule(mlp({ in: 3, hidden: [], out: 2, outputActivation: 'softplus' }), x);
    await checkModule(mlp({ in: 3, hidden: [5], out: 2, activation: 'tanh', members: 3 }), x);
    await checkModule(mlp({ in: 3, hidden: [5], out: 2, activation: 'tanh' }), Rng.fromSeed(3).normal([2, 2, 3]));
  });

  it('has the expected shapes and parameter counts', () => {
    const module = mlp({ in: 3, hidden: [5, 4], out: 2 });
    const parameters = module.init(Rng.fromSeed(1));
    expect(parameterCount(parameters)).toBe(3 * 5 + 5 + 5 * 4 + 4 + 4 * 2 + 2);
    expect(module.apply(parameters, tf.zeros([7, 6, 3])).shape).toEqual([7, 6, 2]);
    expect(parameterCount(mlp({ in: 3, hidden: [5, 4], out: 2, layerNorm: true }).init(Rng.fromSeed(1)))).toBe(54 + 2 * (5 + 4));
    const members = mlp({ in: 3, hidden: [5, 4], out: 2, members: 6 });
    const stacked = members.init(Rng.fromSeed(1));
    expect(parameterCount(stacked)).toBe(6 * 54);
    expect(stacked.layers[0].kernel.shape).toEqual([6, 3, 5]);
    expect(members.apply(stacked, tf.zeros([7, 3])).shape).toEqual([6, 7, 2]);
  });

  it('draws its last kernel with outputGain', () => {
    const { layers } = mlp({ in: 4, hidden: [8], out: 8, outputGain: 0.01 }).init(Rng.fromSeed(1));
    const k = layers[1].kernel as tf.Tensor2D;
    expectClose(k.transpose().matMul(k).mul(1e4), Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0)), 4);
    expect(layers[1].bias.abs().max().dataSync()[0]).toBe(0);
  });
});

describe('ensemble', () => {
  const single = mlp({ in: 3, hidden: [4], out: 2, activation: 'tanh' });

  it('equals its members one by one, each with weights of its own', () => {
    const parameters = ensemble(single, 3).init(Rng.fromSeed(5));
    const x = Rng.fromSeed(6).normal([5, 3]);
    const y = ensemble(single, 3).apply(parameters, x);
    for (let m = 0; m < 3; m++) {
      const member = treeMap((leaf) => leaf.slice([m], [1]).squeeze([0]), parameters);
      expectClose(y.slice([m], [1]), Array.from(single.apply(member, x).dataSync()), 6);
    }
    expect(y.slice([0], [1]).sub(y.slice([1], [1])).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
  });

  it('gives each member its own input where asked', () => {
    const module = ensemble(single, 2, { ownInput: true });
    const parameters = module.init(Rng.fromSeed(5));
    const x = Rng.fromSeed(6).normal([2, 5, 3]);
    const shared = ensemble(single, 2);
    const y = module.apply(parameters, x);
    const [first, second] = tf.unstack(x);
    expectClose(y.slice([0], [1]), Array.from(shared.apply(parameters, first).slice([0], [1]).dataSync()), 6);
    expectClose(y.slice([1], [1]), Array.from(shared.apply(parameters, second).slice([1], [1]).dataSync()), 6);
  });

  it('refuses parameters of another number of members', () => {
    expect(() => ensemble(single, 3).apply(ensemble(single, 2).init(Rng.fromSeed(1)), tf.zeros([1, 3]))).toThrow('expected 3 members along the first axis');
    expect(() => ensemble(single, 0)).toThrow('members must be a positive integer, got 0');
  });
});

describe('norms', () => {
  it('layerNorm has mean 0 and variance 1, then scale and offset', () => {
    const module = layerNorm(4, 0);
    const ones = { scale: tf.ones([4]), offset: tf.zeros([4]) };
    // (1, 2, 3, 4): mean 2.5, variance 1.25.
    const s = Math.sqrt(1.25);
    expectClose(module.apply(ones, tf.tensor2d([[1, 2, 3, 4]])), [-1.5 / s, -0.5 / s, 0.5 / s, 1.5 / s]);
    expectClose(module.apply({ scale: tf.fill([4], 2), offset: tf.fill([4], 1) }, tf.tensor2d([[1, 2, 3, 4]])), [-3 / s + 1, -1 / s + 1, 1 / s + 1, 3 / s + 1]);
  });

  it('rmsNorm divides by the root mean square', () => {
    expectClose(rmsNorm(2, 0).apply({ scale: tf.tensor1d([1, 2]) }, tf.tensor2d([[3, 4]])), [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)]);
  });

  it('keep the module contract, and differentiate by their input', async () => {
    const x = Rng.fromSeed(8).normal([3, 2, 5]);
    for (const module of [layerNorm(5), rmsNorm(5)]) {
      await checkModule(module as typeof module & ReturnType<typeof layerNorm>, x);
      const parameters = module.init(Rng.fromSeed(1)) as Parameters<ReturnType<typeof layerNorm>['apply']>[0];
      const weights = Rng.fromSeed(9).normal(x.shape);
      await checkGradients((input) => module.apply(parameters, input).mul(weights), [x]);
    }
  });
});

describe('sequential and parallel', () => {
  it('compose and join', async () => {
    const trunk = sequential(linear({ in: 3, out: 4 }), parallel(linear({ in: 4, out: 1 }), linear({ in: 4, out: 2 })));
    const parameters = trunk.init(Rng.fromSeed(1));
    const y = trunk.apply(parameters, tf.ones([5, 3]));
    expect(y.shape).toEqual([5, 3]);
    await checkModule(trunk, Rng.fromSeed(4).normal([5, 3]));
  });

  it('join in order', () => {
    const fixed = (value: number) => linear({ in: 1, out: 1, kernelInit: zeros(), biasInit: constant(value) });
    const module = parallel(fixed(1), fixed(2));
    expectClose(module.apply(module.init(Rng.fromSeed(1)), tf.zeros([2, 1])), [1, 2, 1, 2]);
  });
});

describe('embedding', () => {
  it('looks rows up, of any leading axes', () => {
    const table = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
    const y = embedding({ count: 3, dim: 2 }).apply({ table }, tf.tensor2d([[2, 0], [1, 3]], [2, 2], 'int32'));
    expect(y.shape).toEqual([2, 2, 2]);
    expectClose(y, [5, 6, 1, 2, 3, 4, 0, 0]);
  });

  it('keeps the module contract', async () => {
    await checkModule(embedding({ count: 3, dim: 2 }), tf.tensor1d([2, 0, 2], 'int32'));
  });
});

describe('dropout', () => {
  it('drops below the rate and scales the rest', () => {
    expectClose(dropout(tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([0.1, 0.25, 0.9, 0.2]), 0.25), [0, 2 / 0.75, 4, 0]);
    expect(() => dropout(tf.zeros([1]), tf.zeros([1]), 1)).toThrow('rate must be in [0, 1), got 1');
  });

  it('keeps the expectation', () => {
    const y = dropout(tf.ones([20_000]), Rng.fromSeed(1).uniform([20_000]), 0.3);
    // The standard error of the mean is √(0.3/0.7/20000) = 0.0046.
    expect(Math.abs(y.mean().dataSync()[0] - 1)).toBeLessThan(0.015);
  });
});

describe('conv2d and natureCnn', () => {
  it('convolves', () => {
    const module = conv2d({ in: 1, out: 1, kernelSize: 2 });
    const parameters = { kernel: tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1]), bias: tf.tensor1d([0.5]) };
    const image = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    // Window (1, 2; 4, 5): 1 + 4 + 12 + 20 = 37; each step right adds 10, each step down 30.
    expectClose(module.apply(parameters, image), [37.5, 47.5, 67.5, 77.5]);
    expect(module.apply(parameters, image.reshape([1, 1, 3, 3, 1])).shape).toEqual([1, 1, 2, 2, 1]);
  });

  it('keeps the module contract', async () => {
    await checkModule(conv2d({ in: 2, out: 3, kernelSize: 3, stride: 2, padding: 'same' }), Rng.fromSeed(1).normal([2, 5, 5, 2]));
  });

  it('natureCnn has the published shapes', () => {
    const module = natureCnn({ height: 36, width: 44, channels: 1, out: 10 });
    const parameters = module.init(Rng.fromSeed(1));
    expect(parameterCount(parameters)).toBe(8 * 8 * 32 + 32 + 4 * 4 * 32 * 64 + 64 + 3 * 3 * 64 * 64 + 64 + 2 * 64 * 10 + 10);
    const y = module.apply(parameters, tf.fill([1, 36, 44, 1], 255, 'int32'));
    expect(y.shape).toEqual([1, 10]);
    expect(() => natureCnn({ height: 35 })).toThrow('at least 36×36 pixels, got 35×84');
    disposeTree(parameters);
  });
});
