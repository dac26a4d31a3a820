import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import type { MlpLayerWeights } from './mlpEngine.js';
import { scalarActivations, type WasmActivation } from './scalarActivations.js';
import { wasmHost } from './wasmHost.js';
import { wasmMlp, type WasmMlpOptions } from './wasmMlp.js';

const names = Object.keys(scalarActivations) as WasmActivation[];

const layersOf = (sizes: readonly number[]) => sizes.slice(1).map((out, i) => ({ in: sizes[i], out }));

function weightsOf(sizes: readonly number[], seed: number): MlpLayerWeights[] {
  const rng = Rng.fromSeed(seed);
  return layersOf(sizes).map((layer) => {
    const kernel = rng.fillNormal(new Float32Array(layer.in * layer.out));
    return { kernel: kernel.map((x) => x / Math.sqrt(layer.in)), bias: rng.fillNormal(new Float32Array(layer.out)) };
  });
}

const inputOf = (rows: number, size: number, seed: number) => Rng.fromSeed(seed).fillNormal(new Float32Array(rows * size));

function made(sizes: readonly number[], options: Partial<WasmMlpOptions> = {}, seed = 1) {
  const net = wasmMlp({ layers: layersOf(sizes), ...options });
  net.setWeights(weightsOf(sizes, seed));
  return net;
}

const eagerActivations: { readonly [name in WasmActivation]: (x: tf.Tensor) => tf.Tensor } = {
  identity: (x) => x,
  relu: tf.relu,
  leakyRelu: (x) => tf.leakyRelu(x, 0.01),
  tanh: tf.tanh,
  elu: tf.elu,
  silu: (x) => x.mul(tf.sigmoid(x)),
  gelu: (x) => x.mul(0.5).mul(tf.erf(x.mul(Math.SQRT1_2)).add(1)),
  softplus: tf.softplus,
  sigmoid: tf.sigmoid,
};

/** The networks' layerNorm over the last axis. */
function norm(x: tf.Tensor, scale: Float32Array, offset: Float32Array): tf.Tensor {
  const centred = x.sub(x.mean(-1, true));
  return centred.mul(centred.square().mean(-1, true).add(1e-5).rsqrt()).mul(scale).add(offset);
}

/** The perceptron of the networks, on tensors. */
function eager(sizes: readonly number[], hidden: WasmActivation, output: WasmActivation, weights: readonly MlpLayerWeights[], input: Float32Array): Float32Array {
  return tf.tidy(() => {
    const layers = layersOf(sizes);
    const result = layers.reduce<tf.Tensor>((x, layer, i) => {
      const sums = x.matMul(tf.tensor(weights[i].kernel, [layer.in, layer.out])).add(tf.tensor1d(weights[i].bias));
      const { scale, offset } = weights[i];
      return eagerActivations[i === layers.length - 1 ? output : hidden](scale && offset ? norm(sums, scale, offset) : sums);
    }, tf.tensor(input, [input.length / sizes[0], sizes[0]]));
    return result.dataSync() as Float32Array;
  });
}

/** The largest difference, relative where the numbers are above 1; NaN if there is one in only one of them. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]) / Math.max(1, Math.abs(b[i]));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** erf by its series, in float64. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

afterAll(() => {
  vi.unstubAllGlobals();
});

describe('wasmMlp', () => {
  it('computes a layer by hand', () => {
    const net = wasmMlp({ layers: [{ in: 2, out: 3 }] });
    net.setWeights([{ kernel: Float32Array.of(1, 2, 3, 4, 5, 6), bias: Float32Array.of(0.5, -0.5, 0) }]);
    expect(net.engine).toBe('wasm');
    expect([...net.run(Float32Array.of(1, 10, -1, 2))]).toEqual([41.5, 51.5, 63, 7.5, 7.5, 9]);
  });

  it.each(names)('equals tensors, %s', (name) => {
    const sizes = [5, 19, 33, 3];
    const output = names[(names.indexOf(name) + 4) % names.length];
    const net = made(sizes, { activation: name, outputActivation: output });
    for (const rows of [1, 2, 3, 7, 16, 40]) {
      const input = inputOf(rows, 5, rows);
      expect(distance(net.run(input), eager(sizes, name, output, weightsOf(sizes, 1), input))).toBeLessThan(2e-6);
    }
  });

  it('equals tensors for 1 to 40 rows', () => {
    const sizes = [17, 21, 12];
    const net = made(sizes, { activation: 'tanh' });
    for (let rows = 1; rows <= 40; rows++) {
      const input = inputOf(rows, 17, rows);
      expect(distance(net.run(input), eager(sizes, 'tanh', 'identity', weightsOf(sizes, 1), input))).toBeLessThan(2e-6);
    }
  });

  it('equals tensors for any sizes', () => {
    const size = fc.integer({ min: 1, max: 41 });
    const shape = fc.record({
      sizes: fc.array(size, { minLength: 2, maxLength: 5 }),
      rows: fc.integer({ min: 1, max: 40 }),
      hidden: fc.constantFrom(...names),
      output: fc.constantFrom(...names),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(shape, ({ sizes, rows, hidden, output, seed }) => {
        const net = made(sizes, { activation: hidden, outputActivation: output }, seed);
        const input = inputOf(rows, sizes[0], seed + 1);
        expect(distance(net.run(input), eager(sizes, hidden, output, weightsOf(sizes, seed), input))).toBeLessThan(5e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('gives each row what it gives it alone, bit for bit', () => {
    const sizes = [7, 37, 50, 11];
    const net = made(sizes, { activation: 'silu' });
    const input = inputOf(39, 7, 3);
    const together = Float32Array.from(net.run(input));
    for (let row = 0; row < 39; row++) expect([...net.run(input.subarray(7 * row, 7 * row + 7))]).toEqual([...together.subarray(11 * row, 11 * row + 11)]);
  });

  it('takes new weights', () => {
    const sizes = [3, 9, 2];
    const net = made(sizes);
    const input = inputOf(4, 3, 2);
    const before = [...net.run(input)];
    net.setWeights(weightsOf(sizes, 5));
    expect(distance(net.run(input), eager(sizes, 'relu', 'identity', weightsOf(sizes, 5), input))).toBeLessThan(2e-6);
    net.setWeights(weightsOf(sizes, 1));
    expect([...net.run(input)]).toEqual(before);
  });

  it('copies the weights', () => {
    const weights = weightsOf([3, 2], 1);
    const net = wasmMlp({ layers: layersOf([3, 2]) });
    net.setWeights(weights);
    const before = [...net.run(Float32Array.of(1, 2, 3))];
    weights[0].kernel.fill(0);
    expect([...net.run(Float32Array.of(1, 2, 3))]).toEqual(before);
  });

  it('keeps many perceptrons apart, also of one shape', () => {
    const nets = Array.from({ length: 200 }, (_, i) => made([3, 8 + (i % 2), 2], {}, i));
    const input = inputOf(2, 3, 9);
    const results = nets.map((net) => [...net.run(input)]);
    nets.forEach((_, i) => expect(results[i]).toEqual([...made([3, 8 + (i % 2), 2], { engine: 'js' }, i).run(input)]));
  });

  it('makes and frees more than would fit', () => {
    // Each has a memory of 16 MiB: all together 16 GiB.
    for (let i = 0; i < 1000; i++) wasmMlp({ layers: [{ in: 2048, out: 2048 }] }).dispose();
    expect(made([2048, 2048]).engine).toBe('wasm');
  });

  it('does not grow while it runs', () => {
    const net = made([17, 64, 64, 12], { activation: 'tanh' });
    const input = inputOf(8, 17, 1);
    const output = net.run(input);
    const { external, arrayBuffers } = process.memoryUsage();
    for (let i = 0; i < 20_000; i++) expect(net.run(input) === output).toBe(true);
    const after = process.memoryUsage();
    expect(after.external - external).toBeLessThan(100_000);
    expect(after.arrayBuffers - arrayBuffers).toBeLessThan(100_000);
  });

  it('reads any array: long ones, views, none at all', () => {
    const net = made([3, 10, 2], { activation: 'elu' });
    const input = inputOf(1000, 3, 4);
    const all = Float32Array.from(net.run(input));
    expect(distance(all, made([3, 10, 2], { activation: 'elu', engine: 'js' }).run(input))).toBeLessThan(1e-6);
    expect([...net.run(input.subarray(300, 315))]).toEqual([...all.subarray(200, 210)]);
    expect(net.run(new Float32Array(0)).length).toBe(0);
  });
});

describe('the layer norm of wasmMlp', () => {
  const normalised = (sizes: readonly number[], seed: number) => {
    const rng = Rng.fromSeed(seed + 1);
    return weightsOf(sizes, seed).map((layer, i) => {
      const numbers = () => rng.fillNormal(new Float32Array(sizes[i + 1]));
      return i === sizes.length - 2 ? layer : { ...layer, scale: numbers(), offset: numbers() };
    });
  };

  it.each([1, 2, 3, 4, 5, 8, 10, 31, 64])('equals tensors, %i columns', (size) => {
    const sizes = [6, size, size + 7, 3];
    const weights = normalised(sizes, size);
    for (const engine of ['wasm', 'js'] as const) {
      const net = wasmMlp({ layers: layersOf(sizes), activation: 'tanh', layerNorm: true, engine });
      net.setWeights(weights);
      for (const rows of [1, 5, 40]) {
        const input = inputOf(rows, 6, rows);
        expect(distance(net.run(input), eager(sizes, 'tanh', 'identity', weights, input))).toBeLessThan(5e-6);
      }
    }
  });

  it('takes scale and offset where it is on, and only there', () => {
    const sizes = [2, 3, 1];
    const on = wasmMlp({ layers: layersOf(sizes), layerNorm: true });
    expect(() => on.setWeights(weightsOf(sizes, 1))).toThrow('the scale of layer 0 has no numbers; it takes 3');
    expect(() => wasmMlp({ layers: layersOf(sizes) }).setWeights(normalised(sizes, 1))).toThrow('layer 0 is not normalised');
  });
});

describe('the nonlinearities of wasmMlp', () => {
  const exact: { readonly [name in WasmActivation]: (x: number) => number } = { ...scalarActivations, gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)) };
  const alone = (name: WasmActivation, engine: 'wasm' | 'js') => {
    const net = wasmMlp({ layers: [{ in: 1, out: 1 }], outputActivation: name, engine });
    net.setWeights([{ kernel: Float32Array.of(1), bias: Float32Array.of(0) }]);
    return net;
  };
  const cases = names.flatMap((name) => (['wasm', 'js'] as const).map((engine) => ({ name, engine })));

  it.each(cases)('$name in $engine is within 3e-7 of its formula', ({ name, engine }) => {
    const net = alone(name, engine);
    for (const range of [1, 12, 120]) {
      const x = Float32Array.from({ length: 60_001 }, (_, i) => range * (i / 30_000 - 1));
      expect(distance(net.run(x), Array.from(x, exact[name]))).toBeLessThan(3e-7);
    }
  });

  it.each(['tanh', 'elu'] as const)('%s is exact near 0', (name) => {
    const x = Float32Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 10 ** (-i / 150));
    const relative = Array.from(alone(name, 'wasm').run(x), (y, i) => Math.abs(y / exact[name](x[i]) - 1));
    expect(Math.max(...relative)).toBeLessThan(3e-7);
  });

  it.each(cases)('$name in $engine keeps NaN, and goes to the limits', ({ name, engine }) => {
    const [nan, plus, minus, large, small] = alone(name, engine).run(Float32Array.of(NaN, Infinity, -Infinity, 3e38, -3e38));
    expect(nan).toBeNaN();
    const bounded = name === 'tanh' || name === 'sigmoid';
    expect(plus).toBe(bounded ? 1 : Infinity);
    expect(large).toBe(bounded ? 1 : Math.fround(3e38));
    const lowest = { identity: -Infinity, relu: 0, leakyRelu: -Infinity, tanh: -1, elu: -1, silu: NaN, gelu: NaN, softplus: 0, sigmoid: 0 }[name];
    expect(minus).toBe(lowest);
    const low = { identity: Math.fround(-3e38), relu: 0, leakyRelu: Math.fround(0.01 * Math.fround(-3e38)), tanh: -1, elu: -1, silu: 0, gelu: 0, softplus: 0, sigmoid: 0 }[name];
    expect(Math.abs(small - low) / Math.max(1, Math.abs(low))).toBeLessThan(1e-7);
  });

  it('a NaN of one row stays there', () => {
    const net = made([3, 9, 2], { activation: 'tanh' });
    const input = inputOf(8, 3, 1);
    const clean = Float32Array.from(net.run(input));
    input[7] = NaN;
    const dirty = net.run(input);
    for (let i = 0; i < 16; i++) expect(dirty[i]).toEqual(i === 4 || i === 5 ? NaN : clean[i]);
  });
});

describe('wasmMlp without WebAssembly SIMD', () => {
  it('computes the same in JavaScript, within 1e-6', () => {
    const net = made([17, 40, 40, 12], { activation: 'gelu', outputActivation: 'tanh' });
    vi.stubGlobal('WebAssembly', undefined);
    const plain = made([17, 40, 40, 12], { activation: 'gelu', outputActivation: 'tanh' });
    expect(() => wasmMlp({ layers: [{ in: 1, out: 1 }], engine: 'wasm' })).toThrow(/no WebAssembly SIMD/);
    vi.unstubAllGlobals();
    expect([net.engine, plain.engine]).toEqual(['wasm', 'js']);
    const input = inputOf(21, 17, 2);
    expect(distance(net.run(input), plain.run(input))).toBeLessThan(1e-6);
  });

  it('notices that the instructions are unknown', () => {
    vi.stubGlobal('WebAssembly', { ...wasmHost(), validate: () => false });
    expect(made([2, 23, 3]).engine).toBe('js');
    vi.unstubAllGlobals();
  });

  it('is the same bit for bit where the nonlinearity rounds nothing', () => {
    const input = inputOf(9, 13, 2);
    for (const activation of ['relu', 'identity'] as const) {
      expect([...made([13, 30, 5], { activation }).run(input)]).toEqual([...made([13, 30, 5], { activation, engine: 'js' }).run(input)]);
    }
  });
});

describe('the errors of wasmMlp', () => {
  it('says what is wrong with sizes and names', () => {
    expect(() => wasmMlp({ layers: [] })).toThrow('at least one layer');
    expect(() => wasmMlp({ layers: [{ in: 2, out: 0 }] })).toThrow('layer 0 has size 0');
    expect(() => wasmMlp({ layers: [{ in: 2.5, out: 1 }] })).toThrow('layer 0 has size 2.5');
    expect(() => wasmMlp({ layers: [{ in: 2, out: 3 }, { in: 4, out: 1 }] })).toThrow('layer 1 takes 4 numbers, but layer 0 gives 3');
    expect(() => wasmMlp({ layers: [{ in: 2, out: 3 }], activation: 'toString' as never })).toThrow("unknown activation 'toString'");
  });

  it('says what is wrong with weights and inputs', () => {
    const net = wasmMlp({ layers: layersOf([2, 3]) });
    expect(() => net.run(new Float32Array(2))).toThrow('call setWeights before run');
    expect(() => net.setWeights([])).toThrow('weights of 0 layers given, but there are 1');
    expect(() => net.setWeights([{ kernel: new Float32Array(5), bias: new Float32Array(3) }])).toThrow('the kernel [2, 3] of layer 0 has 5 numbers; it takes 6');
    expect(() => net.setWeights([{ kernel: new Float32Array(6), bias: new Float32Array(2) }])).toThrow('the bias of layer 0 has 2 numbers; it takes 3');
    net.setWeights(weightsOf([2, 3], 1));
    expect(() => net.run(new Float32Array(3))).toThrow('has 3 numbers, which is no multiple of 2');
    net.dispose();
    expect(() => net.run(new Float32Array(2))).toThrow('disposed');
    expect(() => net.setWeights(weightsOf([2, 3], 1))).toThrow('disposed');
  });
});
