import { tf, tidyTree } from '@rivulet/engine';
import type { TransformerAddition, TransformerCache } from './causalTransformer.js';
import { oneHotOf } from './oneHotOf.js';

/** Old [B, K, C, d] with the rows of fresh [B, K, t, d] in the slots that chosen [B, t, C] marks by ones. */
function write(old: tf.Tensor, fresh: tf.Tensor, chosen: tf.Tensor): tf.Tensor {
  const [batch, count, length] = chosen.shape as [number, number, number];
  const kept = old.mul(tf.sub(1, chosen.sum(1)).reshape([batch, 1, length, 1]));
  // Products with ones and zeros: exact.
  if (count === 1) return kept.add(fresh.mul(chosen.reshape([batch, 1, length, 1])));
  return kept.add(tf.matMul(chosen.expandDims(1), fresh, true, false));
}

/**
 * A new cache with what new tokens add. It is made by masks, since rows go to slots of their own: a copy of the whole cache.
 * The caller owns its tensors; those of the arguments remain.
 */
export function writeCache(cache: TransformerCache, addition: TransformerAddition): TransformerCache {
  return tidyTree(() => {
    const chosen = oneHotOf(addition.slots, cache.layers[0].key.shape[2] as number);
    const layers = cache.layers.map(({ key, value }, i) => ({ key: write(key, addition.layers[i].key, chosen), value: write(value, addition.layers[i].value, chosen) }));
    return { layers, count: addition.count.clone() };
  });
}
