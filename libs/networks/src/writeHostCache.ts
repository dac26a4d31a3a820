import type { HostTree, NdArray } from '@rivulet/engine';
import type { TransformerAddition, TransformerCache } from './causalTransformer.js';

/** Row `from[b]` of rows [N, K, t, d] into row b of [B, K, C, d]. */
function write(into: NdArray, rows: NdArray, slots: NdArray, from: ArrayLike<number>): void {
  const [batch, heads, length, size] = into.shape;
  const added = slots.shape[1];
  const [target, source] = [into.data, rows.data];
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < added && from[b] >= 0; t++) {
      const slot = slots.data[from[b] * added + t];
      if (slot < 0) continue;
      for (let k = 0; k < heads; k++) {
        const start = ((from[b] * heads + k) * added + t) * size;
        const to = ((b * heads + k) * length + slot) * size;
        // Heads are short: a loop is faster than views.
        for (let i = 0; i < size; i++) target[to + i] = source[start + i];
      }
    }
  }
}

/**
 * Writes what new tokens add into a cache on the host, in place. For compiled generation: the cache is packed once, its memory is written between calls, and no call copies it.
 *
 *     const extend = compile((p, input, cache) => model.extend(p, input, cache));
 *     const cache = pack(model.initCache(batch));
 *     const { logits, addition } = await extend(weights, { tokens, mask }, cache);
 *     writeHostCache(cache.toHost(), addition.toHost());
 *
 * @param from for each row of the cache the row of the addition that it gets, or -1 for none: a prompt that was read once may go to many rows. Default: row by row.
 * @throws when a slot lies beyond the cache: there were more tokens than it has room for.
 */
export function writeHostCache(cache: HostTree<TransformerCache>, addition: HostTree<TransformerAddition>, from?: readonly number[]): void {
  const length = cache.layers[0].key.shape[2];
  const beyond = addition.slots.data.find((slot: number) => slot >= length);
  if (beyond !== undefined) throw new Error(`writeHostCache: a token at position ${beyond} has no room in a cache of ${length}`);
  const rows = from ?? Array.from(cache.count.data, (_, b) => b);
  cache.layers.forEach(({ key, value }, i) => {
    write(key, addition.layers[i].key, addition.slots, rows);
    write(value, addition.layers[i].value, addition.slots, rows);
  });
  rows.forEach((row, b) => {
    if (row >= 0) cache.count.data[b] = addition.count.data[row];
  });
}
