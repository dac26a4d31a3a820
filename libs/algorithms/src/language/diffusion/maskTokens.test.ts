import { compile, Rng, tensorCount, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { maskedDiffusionTimes } from './maskedDiffusionTimes.js';
import { maskTokens, type MaskTokensOptions } from './maskTokens.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const M = 9;
const tokens = tf.tensor2d([[1, 2, 3], [4, 5, 6]], undefined, 'int32');
const noise = tf.tensor2d([[0.1, 0.5, 0.9], [0.3, 0, 0.999]]);
const rows = (options: Omit<MaskTokensOptions, 'maskToken' | 'noise'>): { tokens: unknown; masked: unknown } => {
  const { tokens: seen, masked } = maskTokens(tokens, { maskToken: M, noise, ...options });
  return { tokens: seen.arraySync(), masked: masked.arraySync() };
};

describe('maskTokens', () => {
  it('hides tokens where the noise is below the probability', () => {
    expect(rows({ probability: 0.5 })).toEqual({ tokens: [[M, 2, 3], [M, M, 6]], masked: [[1, 0, 0], [1, 1, 0]] });
    expect(rows({ probability: tf.tensor1d([0.6, 0.2]) })).toEqual({ tokens: [[M, M, 3], [4, M, 6]], masked: [[1, 1, 0], [0, 1, 0]] });
    expect(rows({ probability: tf.tensor2d([[0, 1, 0], [0, 0, 1]]) })).toEqual({ tokens: [[1, M, 3], [4, 5, M]], masked: [[0, 1, 0], [0, 0, 1]] });
  });

  it('hides nothing with probability 0, all with 1, and only what may be', () => {
    expect(rows({ probability: 0 }).masked).toEqual([[0, 0, 0], [0, 0, 0]]);
    expect(rows({ probability: 1 }).tokens).toEqual([[M, M, M], [M, M, M]]);
    expect(rows({ probability: 1, mask: tf.tensor2d([[1, 0, 1], [0, 0, 1]]) })).toEqual({ tokens: [[M, 2, M], [4, 5, M]], masked: [[1, 0, 1], [0, 0, 1]] });
  });

  it('hides each token as often as it should, whatever became of the others', () => {
    const [n, t] = [20_000, 0.3];
    const { masked } = maskTokens(tf.ones([n, 2], 'int32'), { maskToken: M, probability: t, noise: Rng.fromSeed(1).uniform([n, 2]) });
    const within = (share: number, p: number): void => expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
    const [first, second] = masked.mean(0).dataSync();
    within(first, t);
    within(second, t);
    within(masked.prod(1).mean().dataSync()[0], t * t);
  });

  it('gives int32 tokens, compiled too, and leaves no tensor behind', async () => {
    const before = tensorCount();
    const made = maskTokens(tokens, { maskToken: M, noise, probability: 0.5 });
    expect([made.tokens.dtype, made.masked.dtype]).toEqual(['int32', 'float32']);
    tf.dispose([made.tokens, made.masked]);
    expect(tensorCount()).toBe(before);
    const hide = compile((x: tf.Tensor, p: tf.Tensor, u: tf.Tensor) => maskTokens(x, { maskToken: M, noise: u, probability: p }), { warn: (line) => { throw new Error(line); } });
    const compiled = await hide(tokens, tf.tensor1d([0.6, 0.2]), noise);
    expect(compiled.tokens.toHost()).toMatchObject({ dtype: 'int32', shape: [2, 3], data: Int32Array.of(1 * M, M, 3, 4, M, 6) });
    await hide.dispose();
  });

  it('refuses noise of another shape', () => {
    expect(() => maskTokens(tokens, { maskToken: M, probability: 0.5, noise: tf.zeros([2, 1]) })).toThrow('maskTokens: the noise [2, 1] should have the shape of the tokens [2, 3]');
  });
});

describe('maskedDiffusionTimes', () => {
  const uniform = tf.tensor1d([0, 0.5, 0.9, 0.2]);

  it('gives each row its own part of the range, or any', () => {
    const expected = { stratified: [0, 1.5, 2.9, 3.2].map((x) => 0.2 + (0.8 * x) / 4), independent: [0, 0.5, 0.9, 0.2].map((x) => 0.2 + 0.8 * x) };
    for (const spread of ['stratified', 'independent'] as const) {
      maskedDiffusionTimes(uniform, { minimum: 0.2, spread }).dataSync().forEach((time, i) => expect(time).toBeCloseTo(expected[spread][i], 6));
    }
  });

  it('is stratified from 0.001 on by default', () => {
    expect(maskedDiffusionTimes(tf.tensor1d([0, 0])).dataSync()[0]).toBeCloseTo(0.001, 7);
    expect(maskedDiffusionTimes(tf.tensor1d([0, 0])).dataSync()[1]).toBeCloseTo(0.001 + 0.999 / 2, 6);
  });

  it('refuses a minimum that is no time', () => {
    for (const minimum of [0, 1, NaN]) expect(() => maskedDiffusionTimes(uniform, { minimum })).toThrow('maskedDiffusionTimes: minimum must be above 0 and below 1');
  });
});
