import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from './rng.js';
import { tf } from './tf.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Σ (observed - expected)² / expected. */
function chiSquare(counts: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += (counts[i] - expected[i]) ** 2 / expected[i];
  return sum;
}

/** About the 0.1 % point of the chi-square distribution (Wilson-Hilferty, normal quantile 3.09). */
function chiSquareBound(freedom: number): number {
  return freedom * (1 - 2 / (9 * freedom) + 3.09 * Math.sqrt(2 / (9 * freedom))) ** 3;
}

/** The cumulative distribution function of the standard normal (Abramowitz and Stegun 26.2.17, error < 7.5e-8). */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x > 0 ? 1 - tail : tail;
}

/** Kolmogorov-Smirnov: the largest distance between the empirical distribution and F, times √n; 0.1 % point 1.95. */
function kolmogorov(values: Float64Array, cdf: (x: number) => number): number {
  const sorted = values.slice().sort();
  let largest = 0;
  sorted.forEach((x, i) => {
    const f = cdf(x);
    largest = Math.max(largest, f - i / sorted.length, (i + 1) / sorted.length - f);
  });
  return largest * Math.sqrt(sorted.length);
}

function moments(values: ArrayLike<number>): { mean: number; variance: number; skewness: number; kurtosis: number } {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  const central = (power: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (values[i] - mean) ** power / n;
    return sum;
  };
  const variance = central(2);
  return { mean, variance, skewness: central(3) / variance ** 1.5, kurtosis: central(4) / variance ** 2 };
}

function correlation(a: Float64Array, b: Float64Array): number {
  const [ma, mb] = [moments(a), moments(b)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - ma.mean) * (b[i] - mb.mean);
  return sum / a.length / Math.sqrt(ma.variance * mb.variance);
}

const N = 100_000;

describe('Rng', () => {
  it('draws the words of Threefry in order, key [0, seed], as JAX does', () => {
    const rng = Rng.fromSeed(42);
    const words = Array.from({ length: 6 }, () => rng.nextUint32());
    // threefry_2x32 of JAX 0.10.2 with key [0, 42] and counters [0, 0], [1, 0], [2, 0].
    expect(words).toEqual([0x6d3e048f, 0x1022172d, 0x19a3f86f, 0xcfbc07f9, 0x3249c374, 0x176c0248]);
    expect(rng.state()).toEqual({ key: [0, 42], position: 6 });
  });

  it('uses all 53 bits of a seed', () => {
    expect(Rng.fromSeed(2 ** 53 - 1).state().key).toEqual([2 ** 21 - 1, 2 ** 32 - 1]);
    expect(Rng.fromSeed(2 ** 32).nextUint32()).not.toBe(Rng.fromSeed(0).nextUint32());
  });

  it('repeats under a seed and differs under another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 10 }, ((rng) => () => rng.nextUint32())(Rng.fromSeed(seed)));
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5).filter((word, i) => word === draw(6)[i])).toEqual([]);
  });

  it('keeps the words of its counter beyond 2^32 blocks', () => {
    const at = (position: number): number => Rng.fromState({ key: [1, 2], position }).nextUint32();
    expect(at(2 ** 33)).not.toBe(at(0));
    expect(at(2 ** 33 + 1)).not.toBe(at(1));
    const rng = Rng.fromState({ key: [1, 2], position: 2 ** 33 - 1 });
    expect([rng.nextUint32(), rng.nextUint32(), rng.nextUint32()]).toEqual([at(2 ** 33 - 1), at(2 ** 33), at(2 ** 33 + 1)]);
  });

  it('refuses seeds, states and names without sense', () => {
    expect(() => Rng.fromSeed(-1)).toThrow('the seed must be a non-negative integer, got -1');
    expect(() => Rng.fromSeed(1.5)).toThrow('got 1.5');
    expect(() => Rng.fromState({ key: [1, 2], position: -1 })).toThrow('two 32-bit key words and a non-negative position, got {"key":[1,2],"position":-1}');
    expect(() => Rng.fromState({ key: [1, 2 ** 32], position: 0 })).toThrow('two 32-bit key words');
    expect(() => Rng.fromState({ key: [1, Number.NaN], position: 0 })).toThrow('two 32-bit key words');
    expect(() => Rng.fromSeed(1).foldIn(-1)).toThrow('a text or a non-negative integer, got -1');
    expect(() => Rng.fromSeed(1).foldIn(0.5)).toThrow('got 0.5');
    expect(() => Rng.fromSeed(1).split(-1)).toThrow('n must be a non-negative integer, got -1');
    expect(() => Rng.fromSeed(1).nextInt(0)).toThrow('n must be an integer in [1, 2^32], got 0');
    expect(() => Rng.fromSeed(1).nextInt(2 ** 32 + 1)).toThrow('got 4294967297');
    expect(() => Rng.fromSeed(1).nextCategorical([0, 0])).toThrow('positive finite sum, got 0');
    expect(() => Rng.fromSeed(1).nextCategorical([2, -1, 1])).toThrow('weight 1 must not be negative, got -1');
    expect(() => Rng.fromSeed(1).nextCategorical([1, Number.NaN])).toThrow('weight 1 must not be negative, got NaN');
    expect(() => Rng.fromSeed(1).nextCategorical([1, Number.POSITIVE_INFINITY])).toThrow('positive finite sum, got Infinity');
  });
});

describe('state', () => {
  it('continues exactly from any position, through JSON', () => {
    fc.assert(
      fc.property(fc.nat({ max: 30 }), fc.maxSafeInteger(), (drawn, seed) => {
        const rng = Rng.fromSeed(Math.abs(seed));
        for (let i = 0; i < drawn; i++) rng.nextUint32();
        const copy = Rng.fromState(JSON.parse(JSON.stringify(rng.state())));
        expect(copy.state()).toEqual(rng.state());
        const use = (r: Rng): unknown[] => [r.nextUint32(), r.nextNormal(), r.nextInt(7), [...r.fillNormal(new Float64Array(3))], r.nextUint32(), r.split(2).map((child) => child.nextUint32()), r.nextUint32(), r.state()];
        expect(use(copy)).toEqual(use(rng));
      }),
    );
  });
});

describe('nextUniform', () => {
  it('is uniform (chi-square over 256 bins) and serially uncorrelated', () => {
    const rng = Rng.fromSeed(1);
    const values = rng.fillUniform(new Float64Array(N));
    const counts = new Float64Array(256);
    for (const x of values) counts[Math.floor(x * 256)]++;
    expect(chiSquare(counts, counts.map(() => N / 256))).toBeLessThan(chiSquareBound(255));
    expect(kolmogorov(values, (x) => x)).toBeLessThan(1.95);
    for (const lag of [1, 2, 3, 16]) expect(Math.abs(correlation(values.slice(lag), values.slice(0, -lag)))).toBeLessThan(3.3 / Math.sqrt(N));
  });

  it('is uniform in its low bits', () => {
    const rng = Rng.fromSeed(2);
    const counts = new Float64Array(256);
    for (let i = 0; i < N; i++) counts[rng.nextUint32() & 255]++;
    expect(chiSquare(counts, counts.map(() => N / 256))).toBeLessThan(chiSquareBound(255));
  });

  it.each([
    [0, 1],
    [-2, -1],
    [-1, 0],
    [0.1, 0.3],
    [1e9, 1e9 + 1],
    [1, 1 + 2 ** -23],
  ])('stays in [%d, %d), in float32 too', (low, high) => {
    // The largest words, which rounding would carry to the bound, come from a stream searched for them.
    const rng = Rng.fromSeed(3);
    const largest = { nextUint32: () => 2 ** 32 - 1 };
    expect(Rng.prototype.nextUniform.call(Object.assign(Object.create(Rng.prototype) as Rng, largest), low, high)).toBeLessThan(high);
    for (const out of [new Float32Array(2000), new Float64Array(2000)]) {
      rng.fillUniform(out, low, high);
      expect(out.every((x) => x >= Math.fround(low) && x < high)).toBe(true);
      Rng.prototype.fillUniform.call(Object.assign(Object.create(Rng.prototype) as Rng, largest), out, low, high);
      expect(out.every((x) => x >= Math.fround(low) && x < high)).toBe(true);
    }
  });

  it('takes empty and reversed intervals', () => {
    const rng = Rng.fromSeed(4);
    expect(rng.nextUniform(3, 3)).toBe(3);
    expect([...rng.fillUniform(new Float32Array(2), 3, 3)]).toEqual([3, 3]);
    expect(rng.fillUniform(new Float32Array(100), 1, -1).every((x) => x > -1 && x <= 1)).toBe(true);
  });
});

describe('normals', () => {
  it.each([
    ['fillNormal', (rng: Rng) => rng.fillNormal(new Float64Array(N))],
    ['nextNormal', (rng: Rng) => Float64Array.from({ length: N }, () => rng.nextNormal())],
    ['normal', (rng: Rng) => Float64Array.from(rng.normal([N]).dataSync())],
  ])('%s is standard normal: moments, Kolmogorov-Smirnov, correlation', (_, draw) => {
    const values = draw(Rng.fromSeed(11));
    const { mean, variance, skewness, kurtosis } = moments(values);
    expect(Math.abs(mean)).toBeLessThan(3.3 / Math.sqrt(N));
    expect(Math.abs(variance - 1)).toBeLessThan(3.3 * Math.sqrt(2 / N));
    expect(Math.abs(skewness)).toBeLessThan(3.3 * Math.sqrt(6 / N));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(3.3 * Math.sqrt(24 / N));
    expect(kolmogorov(values, normalCdf)).toBeLessThan(1.95);
    expect(Math.abs(correlation(values.slice(1), values.slice(0, -1)))).toBeLessThan(3.3 / Math.sqrt(N));
  });

  it('fillNormal gives both values of a Box-Muller pair', () => {
    const words = Rng.fromSeed(9);
    const [u, v] = [(words.nextUint32() + 1) / 2 ** 32, words.nextUint32() / 2 ** 32];
    const radius = Math.sqrt(-2 * Math.log(u));
    const expected = [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v)];
    expect([...Rng.fromSeed(9).fillNormal(new Float64Array(2))]).toEqual(expected);
    expect([...Rng.fromSeed(9).fillNormal(new Float64Array(1))]).toEqual([expected[0]]);
    expect(Rng.fromSeed(9).nextNormal()).toBe(expected[0]);
  });
});

describe('nextInt', () => {
  it.each([1, 2, 3, 7, 10, 64, 1000])('is uniform over %d', (n) => {
    const rng = Rng.fromSeed(21);
    const counts = new Float64Array(n);
    for (let i = 0; i < N; i++) counts[rng.nextInt(n)]++;
    if (n === 1) expect(counts[0]).toBe(N);
    else expect(chiSquare(counts, counts.map(() => N / n))).toBeLessThan(chiSquareBound(n - 1));
  });

  it('has no modulo bias: over 3·2^30 the lower third is no likelier', () => {
    const rng = Rng.fromSeed(22);
    const n = 3 * 2 ** 30;
    let lower = 0;
    for (let i = 0; i < N; i++) lower += rng.nextInt(n) < 2 ** 30 ? 1 : 0;
    // With the bias it would be half of them.
    expect(Math.abs(lower / N - 1 / 3)).toBeLessThan(3.3 * Math.sqrt(2 / 9 / N));
  });

  it('is the word modulo n, drawn again in the last incomplete block', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.nat(), (n, seed) => {
        const words = Rng.fromSeed(seed);
        const limit = 2 ** 32 - (2 ** 32 % n);
        let word = words.nextUint32();
        while (word >= limit) word = words.nextUint32();
        const rng = Rng.fromSeed(seed);
        expect(rng.nextInt(n)).toBe(word % n);
        expect(rng.state()).toEqual(words.state());
      }),
      { numRuns: 1000 },
    );
  });
});

describe('categorical draws', () => {
  const weights = [0.5, 0, 3, 1.5];
  const expected = [0.1, 0.6, 0.3].map((p) => p * N);

  it('nextCategorical follows unnormalised weights and never draws a zero', () => {
    const rng = Rng.fromSeed(31);
    const counts = new Float64Array(4);
    for (let i = 0; i < N; i++) counts[rng.nextCategorical(weights)]++;
    expect(counts[1]).toBe(0);
    expect(chiSquare([counts[0], counts[2], counts[3]], expected)).toBeLessThan(chiSquareBound(2));
    expect(rng.nextCategorical([0, 0, 1e-300, 0])).toBe(2);
  });

  it('categorical follows logits along the last axis', () => {
    const counts = new Float64Array(4);
    const draws = tf.tidy(() => Rng.fromSeed(32).categorical(tf.tensor1d(weights).log().add(5).broadcastTo([N, 4])));
    expect([draws.shape, draws.dtype]).toEqual([[N], 'int32']);
    for (const i of draws.dataSync()) counts[i]++;
    draws.dispose();
    expect(counts[1]).toBe(0);
    expect(chiSquare([counts[0], counts[2], counts[3]], expected)).toBeLessThan(chiSquareBound(2));
  });

  it('gumbel has mean 0.5772 and variance π²/6', () => {
    const { mean, variance } = moments(tf.tidy(() => Rng.fromSeed(33).gumbel([N]).dataSync()));
    expect(Math.abs(mean - 0.5772157)).toBeLessThan((3.3 * 1.2825) / Math.sqrt(N));
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.04);
  });
});

describe('permutation', () => {
  it('draws all 24 orders of four alike', () => {
    const rng = Rng.fromSeed(41);
    const counts = new Map<string, number>();
    for (let i = 0; i < 48_000; i++) {
      const order = rng.permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()], new Array<number>(24).fill(2000))).toBeLessThan(chiSquareBound(23));
  });

  it('holds every number once', () => {
    expect([...Rng.fromSeed(42).permutation(1000)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...Rng.fromSeed(42).permutation(0)]).toEqual([]);
  });
});

describe('split and foldIn', () => {
  const uniforms = (rng: Rng): Float64Array => rng.fillUniform(new Float64Array(10_000));

  it('give streams that are uncorrelated with each other and with their parent', () => {
    const parent = Rng.fromSeed(51);
    const streams = [...parent.split(4), parent.foldIn(0), parent.foldIn(1), parent.foldIn('a'), parent.foldIn('b'), parent.split(1)[0].foldIn(0), parent].map(uniforms);
    for (let i = 0; i < streams.length; i++) {
      for (let j = 0; j < i; j++) expect(Math.abs(correlation(streams[i], streams[j])), `${i} and ${j}`).toBeLessThan(4 / Math.sqrt(10_000));
    }
  });

  it('neighbouring seeds and names are uncorrelated too', () => {
    const streams = [...Array.from({ length: 5 }, (_, i) => Rng.fromSeed(i)), ...Array.from({ length: 5 }, (_, i) => Rng.fromSeed(0).foldIn(i))].map(uniforms);
    for (let i = 0; i < streams.length; i++) {
      for (let j = 0; j < i; j++) expect(Math.abs(correlation(streams[i], streams[j])), `${i} and ${j}`).toBeLessThan(4 / Math.sqrt(10_000));
    }
  });

  it('split moves the parent: a second call gives others, and draws go on elsewhere', () => {
    const parent = Rng.fromSeed(52);
    parent.nextUint32();
    const keys = [...parent.split(3), ...parent.split(3)].map((child) => child.state().key.join());
    expect(new Set(keys).size).toBe(6);
    expect(parent.state().position).toBe(14);
    const same = Rng.fromSeed(52);
    same.nextUint32();
    expect(same.split(3).map((child) => child.state().key.join())).toEqual(keys.slice(0, 3));
  });

  it('foldIn does not move the parent, and gives the same stream wherever the parent stands', () => {
    const parent = Rng.fromSeed(53);
    const before = parent.foldIn('noise').state();
    parent.nextUint32();
    expect(parent.foldIn('noise').state()).toEqual(before);
    expect(parent.state().position).toBe(1);
  });

  it('tells names apart: numbers from texts, large numbers, and texts whose FNV-1a hashes are equal', () => {
    const parent = Rng.fromSeed(54);
    const names = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, '', '0', '1', 'a', 'ab', 'ba', 'costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke'];
    const keys = names.map((name) => parent.foldIn(name).state().key.join());
    expect(new Set(keys).size).toBe(names.length);
    const many = Array.from({ length: 20_000 }, (_, i) => parent.foldIn(`env/${i}`).state().key.join());
    expect(new Set(many).size).toBe(many.length);
  });

  it('drawing, splitting and folding in use different counters', () => {
    const parent = Rng.fromSeed(55);
    const word = (rng: Rng): string => rng.state().key.join();
    const drawn = [Rng.fromSeed(55)].map((rng) => [rng.nextUint32(), rng.nextUint32()].join());
    expect(new Set([...drawn, word(parent.foldIn(0)), word(parent.split(1)[0])]).size).toBe(3);
  });
});

describe('tensors', () => {
  it('have the shape, float32, and the numbers of the host', () => {
    const [uniform, normal, gumbel] = [Rng.fromSeed(1).uniform([2, 3], -1, 1), Rng.fromSeed(1).normal([5]), Rng.fromSeed(1).gumbel([])];
    expect([uniform, normal, gumbel].map((x) => [x.dtype, x.shape])).toEqual([['float32', [2, 3]], ['float32', [5]], ['float32', []]]);
    expect([...uniform.dataSync()]).toEqual([...Rng.fromSeed(1).fillUniform(new Float32Array(6), -1, 1)]);
    expect([...normal.dataSync()]).toEqual([...Rng.fromSeed(1).fillNormal(new Float32Array(5))]);
  });

  it('leak nothing', () => {
    const rng = Rng.fromSeed(1);
    const logits = tf.zeros([4, 3]);
    const before = tf.memory().numTensors;
    tf.dispose([rng.uniform([2]), rng.normal([2]), rng.gumbel([2]), rng.categorical(logits)]);
    expect(tf.memory().numTensors).toBe(before);
    logits.dispose();
  });
});
