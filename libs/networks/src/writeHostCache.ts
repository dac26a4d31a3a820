import type { HostTree, NdArray } from '@rivulet/engine';
import type { TransformerAddition, TransformerCache } from './causalTransformer.js';

/** Rows [B, K, t, d] into [B, K, C, d]. */
function write(into: NdArray, rows: NdArray, slots: NdArray): void {
  const [batch, heads, length, size] = into.shape;
  const added = slots.shape[1];
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < added; t++) {
      const slot = slots.data[b * added + t];
      if (slot < 0) continue;
      for (let k = b * heads; k < (b + 1) * heads; k++) {
        const from = (k * added + t) * size;
        into.data.set(rows.data.subarray(from, from + size), (k * length + slot) * size);
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
 * @throws when a slot lies beyond the cache: there were more tokens than it has room for.
 */
export function writeHostCache(cache: HostTree<TransformerCache>, addition: HostTree<TransformerAddition>): void {
  const length = cache.layers[0].key.shape[2];
  const beyond = addition.slots.data.find((slot: number) => slot >= length);
  if (beyond !== undefined) throw new Error(`writeHostCache: a token at position ${beyond} has no room in a cache of ${length}`);
  cache.layers.forEach(({ key, value }, i) => {
    write(key, addition.layers[i].key, addition.slots);
    write(value, addition.layers[i].value, addition.slots);
  });
  cache.count.data.set(addition.count.data);
}
