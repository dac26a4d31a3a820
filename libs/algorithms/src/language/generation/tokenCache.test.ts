import { type HostTree, ndarray, type NdArray, Rng } from '@rivulet/engine';
import { causalTransformer, type TransformerAddition } from '@rivulet/networks';
import { describe, expect, it } from 'vitest';
import { type TokenCache, tokenCache } from './tokenCache.js';

const ROWS = 6;
const LENGTH = 9;
const { form } = causalTransformer({ vocab: 5, dim: 6, layers: 2, heads: 2, context: LENGTH });

/** One token for each row, of which every number tells what it is; -1 for none. */
function additionOf(tokens: readonly number[], counts: readonly number[]): HostTree<TransformerAddition> {
  const part = (kind: number): NdArray => ndarray('float32', [tokens.length, 2, 1, 3], Float32Array.from({ length: tokens.length * 6 }, (_, i) => 1000 * tokens[Math.floor(i / 6)] + 100 * kind + (i % 6)));
  const slots = Int32Array.from(tokens, (token, row) => (token < 0 ? -1 : counts[row]));
  const count = Int32Array.from(tokens, (token, row) => counts[row] + (token < 0 ? 0 : 1));
  return { layers: [0, 1].map((layer) => ({ key: part(2 * layer), value: part(2 * layer + 1) })), slots: ndarray('int32', [tokens.length, 1], slots), count: ndarray('int32', [tokens.length], count) };
}

/** The tokens of a row, read from all its numbers. */
function tokensOf(cache: TokenCache, row: number): number[] {
  const { layers, count } = cache.packed.toHost() as unknown as { readonly layers: readonly { readonly key: NdArray; readonly value: NdArray }[]; readonly count: NdArray };
  const [, , width] = layers[0].key.shape;
  return Array.from({ length: count.data[row] }, (_, slot) => {
    const tokens = layers.flatMap(({ key, value }, layer) => [key, value].flatMap(({ data }, kind) => [0, 1, 2, 3, 4, 5].map((i) => {
      const at = ((row * 2 + Math.floor(i / 3)) * width + slot) * 3 + (i % 3);
      return (data[at] - 100 * (2 * layer + kind) - i) / 1000;
    })));
    expect(new Set(tokens).size).toBe(1);
    return tokens[0];
  });
}

describe('tokenCache', () => {
  it('keeps what its rows hold, whatever form it takes', () => {
    const rng = Rng.fromSeed(1);
    const cache = tokenCache(form, ROWS, LENGTH);
    let held: number[][] = [];
    let next = 1;
    for (let turn = 0; turn < 300; turn++) {
      const stays = held.map((tokens) => tokens.length < LENGTH - 1 && rng.nextUniform() < 0.8);
      const count = stays.filter(Boolean).length;
      const behind = stays.flatMap((stay, row) => (stay && row >= count ? [row] : []));
      const kept = Array.from({ length: count }, (_, row) => (stays[row] ? row : behind.pop()!));
      held = kept.map((row) => held[row]);
      const rows = count + rng.nextInt(ROWS - count + 1);
      const longest = Math.max(0, ...held.map((tokens) => tokens.length));
      cache.reform(rows, longest + 1 + rng.nextInt(LENGTH - longest), kept);
      while (held.length < rows) held.push([]);
      const tokens = held.map(() => (rng.nextUniform() < 0.8 ? next++ % 97 : -1));
      if (rows > 0) cache.write(additionOf(tokens, held.map((own) => own.length)));
      tokens.forEach((token, row) => token >= 0 && held[row].push(token));
      held.forEach((own, row) => expect(tokensOf(cache, row)).toEqual(own));
    }
  });

  it('takes no more memory in one form than in another', () => {
    const cache = tokenCache(form, ROWS, LENGTH);
    cache.reform(ROWS, LENGTH, []);
    const before = cache.packed.buffers.map(({ buffer }) => buffer);
    cache.reform(2, 3, []);
    const after = cache.packed.buffers.map(({ buffer }) => buffer);
    // All but the counts.
    expect(before.filter((buffer) => after.includes(buffer))).toHaveLength(4);
  });
});
