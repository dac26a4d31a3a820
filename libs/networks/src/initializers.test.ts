import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { constant, fansOf, glorotUniform, heNormal, heUniform, type Initializer, lecunNormal, orthogonal, truncatedNormal, uniformFanIn, zeros } from './index.js';

function moments(values: Float32Array): { mean: number; variance: number; largest: number } {
  let mean = 0;
  let square = 0;
  let largest = 0;
  for (const x of values) {
    mean += x / values.length;
    square += (x * x) / values.length;
    largest = Math.max(largest, Math.abs(x));
  }
  return { mean, variance: square - mean * mean, largest };
}

/** The Gram matrix of the columns of K [rows, columns], or of its rows. */
function gram(k: Float32Array, rows: number, columns: number, of: 'columns' | 'rows'): number[][] {
  const n = of === 'columns' ? columns : rows;
  const at = (i: number, t: number): number => (of === 'columns' ? k[t * columns + i] : k[i * columns + t]);
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Array.from({ length: of === 'columns' ? rows : columns }, (_, t) => at(i, t) * at(j, t)).reduce((a, b) => a + b, 0)));
}

function expectScaledIdentity(matrix: number[][], scale: number): void {
  matrix.forEach((row, i) => row.forEach((value, j) => expect(Math.abs(value - (i === j ? scale : 0))).toBeLessThan(1e-6 * Math.max(1, scale))));
}

describe('orthogonal', () => {
  it('has orthogonal columns where tall, orthogonal rows where wide, of norm gain', () => {
    expectScaledIdentity(gram(orthogonal()(Rng.fromSeed(1), [40, 17]), 40, 17, 'columns'), 1);
    expectScaledIdentity(gram(orthogonal(Math.SQRT2)(Rng.fromSeed(2), [17, 40]), 17, 40, 'rows'), 2);
    const square = orthogonal()(Rng.fromSeed(3), [24, 24]);
    expectScaledIdentity(gram(square, 24, 24, 'rows'), 1);
    expectScaledIdentity(gram(square, 24, 24, 'columns'), 1);
  });

  it('joins the leading axes of a convolution kernel', () => {
    expectScaledIdentity(gram(orthogonal(0.5)(Rng.fromSeed(4), [3, 3, 2, 6]), 18, 6, 'columns'), 0.25);
  });

  it('prefers no direction: entries of many draws have mean 0 and variance 1/n', () => {
    const rng = Rng.fromSeed(5);
    const entries = Float32Array.from({ length: 4000 }, () => orthogonal()(rng, [3, 3])[0]);
    const { mean, variance } = moments(entries);
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(1 / 3 / 4000));
    // The variance of x² for a coordinate of a uniform unit vector in three dimensions is 1/5 - 1/9.
    expect(Math.abs(variance - 1 / 3)).toBeLessThan(4 * Math.sqrt((1 / 5 - 1 / 9) / 4000) + 1e-3);
  });
});

describe('the variance-scaling initialisers', () => {
  const shape = [50, 200];
  const uniformVariance = (limit: number): number => (limit * limit) / 3;
  const cases: [string, Initializer, number, number][] = [
    ['glorotUniform', glorotUniform(), uniformVariance(Math.sqrt(6 / 250)), Math.sqrt(6 / 250)],
    ['glorotUniform with gain 2', glorotUniform(2), uniformVariance(2 * Math.sqrt(6 / 250)), 2 * Math.sqrt(6 / 250)],
    ['heUniform', heUniform(), 2 / 50, Math.sqrt(6 / 50)],
    ['heNormal', heNormal(), 2 / 50, Infinity],
    ['lecunNormal', lecunNormal(), 1 / 50, Infinity],
    ['uniformFanIn', uniformFanIn(), 1 / 150, 1 / Math.sqrt(50)],
    ['truncatedNormal', truncatedNormal(0.1), (0.1 * 0.87962566) ** 2, 0.2],
  ];
  it.each(cases)('%s has mean 0, its variance and its bound', (_name, init, variance, bound) => {
    const drawn = moments(init(Rng.fromSeed(7), shape));
    expect(Math.abs(drawn.mean)).toBeLessThan(4 * Math.sqrt(variance / 10_000));
    expect(Math.abs(drawn.variance / variance - 1)).toBeLessThan(0.06);
    expect(drawn.largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
    if (Number.isFinite(bound)) expect(drawn.largest).toBeGreaterThan(0.97 * bound);
  });

  it.each(cases)('%s repeats under a seed', (_name, init) => {
    expect(init(Rng.fromSeed(3), [4, 5])).toEqual(init(Rng.fromSeed(3), [4, 5]));
    expect(init(Rng.fromSeed(3), [4, 5])).not.toEqual(init(Rng.fromSeed(4), [4, 5]));
  });

  it('take a bias for part of its kernel', () => {
    const bias = uniformFanIn()(Rng.fromSeed(1), [1000], { fanIn: 100, fanOut: 1000 });
    expect(moments(bias).largest).toBeLessThanOrEqual(0.1);
    expect(moments(bias).largest).toBeGreaterThan(0.097);
    expect(() => uniformFanIn()(Rng.fromSeed(1), [1000])).toThrow(/\[\.\.\., in, out\]/);
  });
});

describe('the rest', () => {
  it('zeros and constant fill', () => {
    expect(zeros()(Rng.fromSeed(0), [2, 2])).toEqual(new Float32Array(4));
    expect(constant(3)(Rng.fromSeed(0), [3])).toEqual(Float32Array.of(3, 3, 3));
  });

  it('fansOf counts the receptive field', () => {
    expect(fansOf([3, 4])).toEqual({ fanIn: 3, fanOut: 4 });
    expect(fansOf([3, 3, 16, 32])).toEqual({ fanIn: 144, fanOut: 288 });
  });

  it('truncatedNormal refuses a limit that is not positive', () => {
    expect(() => truncatedNormal(1, 0)).toThrow('limit must be positive');
  });
});
