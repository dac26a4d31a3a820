import { ndarray, Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateRows, box, dictSpace, discrete, flatSize, multiBinary, multiDiscrete, readRow, rowsOf, textSpace, tupleSpace, writeRow, type BatchSpace, type Space } from '../index.js';

const seed = fc.nat({ max: 2 ** 31 });
const bound = fc.oneof(fc.double({ min: -1e30, max: 1e30, noNaN: true }), fc.constant(-Infinity), fc.constant(Infinity));
const boxes = fc
  .record({ dtype: fc.constantFrom('float32' as const, 'float64' as const), pairs: fc.array(fc.tuple(bound, bound), { minLength: 1, maxLength: 5 }) })
  .filter(({ pairs }) => pairs.every(([a, b]) => Math.min(a, b) < Infinity && Math.max(a, b) > -Infinity))
  .map(({ dtype, pairs }) => box({ dtype, low: pairs.map((pair) => Math.min(...pair)), high: pairs.map((pair) => Math.max(...pair)) }));
const bytes = fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 })).map(([a, b]) => box({ dtype: 'uint8', low: Math.min(a, b), high: Math.max(a, b), shape: [2, 3] }));
const rowSpaces: fc.Arbitrary<BatchSpace> = fc.oneof(
  boxes,
  bytes,
  fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: -5, max: 5 })).map(([n, start]) => discrete(n, start)),
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }).map(multiDiscrete),
  fc.integer({ min: 1, max: 9 }).map(multiBinary),
);
const texts = fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 6 })).map(([minLength, more]) => textSpace({ minLength, maxLength: minLength + more }));
const leaves: fc.Arbitrary<Space> = fc.oneof(rowSpaces, texts);
const spaces: fc.Arbitrary<Space> = fc.oneof(
  leaves,
  fc.array(leaves, { maxLength: 3 }).map((parts) => tupleSpace(parts)),
  fc.dictionary(fc.string({ minLength: 1 }), leaves, { maxKeys: 3, noNullPrototype: true }).map((parts) => dictSpace(parts)),
);

describe('spaces', () => {
  it('contain their samples, which repeat under a seed', () => {
    fc.assert(
      fc.property(spaces, seed, (space, s) => {
        const value = space.sample(Rng.fromSeed(s));
        expect(space.contains(value)).toBe(true);
        expect(space.sample(Rng.fromSeed(s))).toEqual(value);
        expect(flatSize(space)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('lose nothing in rows', () => {
    fc.assert(
      fc.property(rowSpaces.filter((space) => space.kind !== 'box' || space.dtype !== 'float64'), seed, (space, s) => {
        const value = space.sample(Rng.fromSeed(s));
        const rows = allocateRows(space, 3);
        writeRow(space, value as never, rows, 1);
        expect(readRow(space, rows, 1)).toEqual(value);
        expect(rows.length).toBe(3 * rowsOf(space).width);
      }),
    );
  });
});

describe('box', () => {
  it('draws by the kind of interval', () => {
    const space = box({ low: [0, 2, -Infinity, -Infinity], high: [4, Infinity, -1, Infinity], dtype: 'float64' });
    const rng = Rng.fromSeed(1);
    const n = 4000;
    const sums = [0, 0, 0, 0];
    const squares = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      space.sample(rng).data.forEach((x, k) => {
        sums[k] += x;
        squares[k] += x * x;
      });
    }
    // Means and variances of U(0, 4), 2 + Exp(1), −1 − Exp(1) and N(0, 1).
    [2, 3, -2, 0].forEach((mean, k) => expect(sums[k] / n).toBeCloseTo(mean, 0.8));
    [16 / 12, 1, 1, 1].forEach((variance, k) => expect(squares[k] / n - (sums[k] / n) ** 2).toBeCloseTo(variance, 0.5));
  });

  it('reaches every byte, both bounds included', () => {
    const space = box({ low: 3, high: 5, dtype: 'uint8', shape: [300] });
    expect([...new Set(space.sample(Rng.fromSeed(0)).data)].sort()).toEqual([3, 4, 5]);
  });

  it('knows what it does not contain', () => {
    const space = box({ low: -1, high: 1, shape: [2] });
    expect(space.contains(ndarray('float32', [2]))).toBe(true);
    for (const value of [null, 0, [0, 0], ndarray('float64', [2]), ndarray('float32', [1, 2]), ndarray('float32', [2], Float32Array.of(0, 1.5)), ndarray('float32', [2], Float32Array.of(0, Number.NaN))]) {
      expect(space.contains(value)).toBe(false);
    }
  });

  it('refuses bounds that make no sense', () => {
    expect(() => box({ low: 1, high: 0 })).toThrow('low[0] = 1 is above high[0] = 0');
    expect(() => box({ low: Number.NaN, high: 0 })).toThrow('low[0] is NaN');
    expect(() => box({ low: [0, 0], high: [1, 1, 1] })).toThrow('high has 3 numbers, the shape needs 2');
    expect(() => box({ low: 0, high: 256, dtype: 'uint8' })).toThrow('0..255');
  });
});

describe('the discrete spaces', () => {
  it('know what they do not contain', () => {
    expect([0, 1, 3, 4, 1.5, '1', null].map((x) => discrete(3, 1).contains(x))).toEqual([false, true, true, false, false, false, false]);
    expect([Int32Array.of(1, 2), Int32Array.of(2, 0), Int32Array.of(0), [0, 0]].map((x) => multiDiscrete([2, 3]).contains(x))).toEqual([true, false, false, false]);
    expect([Int32Array.of(1, 0), Int32Array.of(2, 0)].map((x) => multiBinary(2).contains(x))).toEqual([true, false]);
    expect(['ab', '', 'abcd', 'a!'].map((x) => textSpace({ maxLength: 3 }).contains(x))).toEqual([true, false, false, false]);
  });

  it('refuse sizes that make no sense', () => {
    expect(() => discrete(0)).toThrow('positive integer');
    expect(() => discrete(2, 0.5)).toThrow('start');
    expect(() => multiDiscrete([2, 0])).toThrow('nvec[1]');
    expect(() => multiBinary(-1)).toThrow('positive integer');
    expect(() => textSpace({ minLength: 4, maxLength: 3 })).toThrow('minLength <= maxLength');
  });
});

describe('composed spaces', () => {
  it('need every part, and no other', () => {
    const dict = dictSpace({ b: discrete(2), a: multiBinary(1) });
    expect([{ a: Int32Array.of(0), b: 1 }, { b: 1 }, { a: Int32Array.of(0), b: 1, c: 0 }, { a: Int32Array.of(0), b: 2 }, [], null].map((x) => dict.contains(x))).toEqual([true, false, false, false, false, false]);
    expect(tupleSpace([discrete(2)]).contains([1, 1])).toBe(false);
  });

  it('have the flat sizes of Gymnasium', () => {
    const parts: Space[] = [box({ low: 0, high: 1, shape: [2, 3] }), discrete(4, 7), multiDiscrete([2, 5]), multiBinary(3), textSpace({ maxLength: 6 })];
    expect(parts.map((part) => flatSize(part))).toEqual([6, 4, 7, 3, 6]);
    expect(flatSize(tupleSpace(parts))).toBe(26);
    expect(flatSize(dictSpace({ x: parts[0], y: tupleSpace([parts[1]]) }))).toBe(10);
    expect(() => rowsOf(tupleSpace(parts))).toThrow('a tuple space has no row layout');
  });
});
