import { compile, Rng, tensorCount, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { samplingLogits, type SamplingOptions } from './samplingLogits.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const P = [0.4, 0.05, 0.3, 0.15, 0.1];
const logits = () => tf.tensor2d([P, P.slice().reverse()]).log();
const kept = (options: SamplingOptions): number[][] => (samplingLogits(logits(), options).greater(-100).arraySync() as number[][]).map((row) => row.flatMap((keep, i) => (keep ? [i] : [])));

describe('samplingLogits', () => {
  it.each<[SamplingOptions, number[][]]>([
    [{}, [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]],
    [{ topK: 2 }, [[0, 2], [2, 4]]],
    [{ topK: 9 }, [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]],
    // 0.4, 0.7, 0.85: the third begins below 0.75.
    [{ topP: 0.75 }, [[0, 2, 3], [1, 2, 4]]],
    [{ topP: 0.39 }, [[0], [4]]],
    // At least 0.3·0.4 = 0.12.
    [{ minP: 0.3 }, [[0, 2, 3], [1, 2, 4]]],
    // Of 0.4, 0.3, 0.15 (of 0.85) the first two hold 0.82.
    [{ topK: 3, topP: 0.8 }, [[0, 2], [2, 4]]],
  ])('%o keeps %j', (options, expected) => {
    expect(kept(options)).toEqual(expected);
  });

  it('divides by the temperature first', () => {
    const hot = tf.softmax(samplingLogits(logits(), { temperature: 2 })).arraySync() as number[][];
    const roots = P.map(Math.sqrt);
    const sum = roots.reduce((a, b) => a + b);
    hot[0].forEach((p, i) => expect(p).toBeCloseTo(roots[i] / sum, 5));
    // 0.39 holds the first at temperature 1; at 4 its share is below.
    expect(kept({ temperature: 4, topP: 0.39 })).toEqual([[0, 2], [2, 4]]);
  });

  it('compiles, and frees all but its result', async () => {
    const x = Rng.fromSeed(3).normal([4, 9]);
    const options = { temperature: 0.7, topK: 6, topP: 0.8, minP: 0.1 };
    const run = compile((given: tf.Tensor) => ({ y: samplingLogits(given, options) }), { warn: (line) => expect.fail(line) });
    const expected = samplingLogits(x, options).dataSync();
    const actual = (await run(x)).y.toHost() as { data: ArrayLike<number> };
    Array.from(actual.data).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
    const before = tensorCount();
    samplingLogits(x, options).dispose();
    expect(tensorCount()).toBe(before);
    await run.dispose();
  });

  it.each<[SamplingOptions, string]>([
    [{ temperature: 0 }, 'temperature must be above 0, got 0'],
    [{ topK: 0 }, 'topK must be a positive integer, got 0'],
    [{ topP: 0 }, 'topP must be above 0 and at most 1, got 0'],
    [{ minP: 1.5 }, 'minP must be in 0 … 1, got 1.5'],
  ])('refuses %o', (options, message) => {
    expect(() => samplingLogits(logits(), options)).toThrow(message);
  });
});
