import { tf } from '@rivulet/engine';
import { categorical } from './categorical.js';

/**
 * log p of given tokens: [B, T]. The t-th logits score the t-th id, so for a language model the ids are those that follow: logits of tokens 0 .. T-2 with ids 1 .. T-1.
 *
 * @param logits [B, T, V]
 * @param ids int32 [B, T]
 * @param mask [B, T], 1 where a token counts; others get 0. Default: all count.
 */
export function tokenLogProbs(logits: tf.Tensor, ids: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const logProbs = categorical(logits).logProb(ids);
    // Not a product: a token that does not count may have probability 0.
    return mask === undefined ? logProbs : tf.where(mask.toBool(), logProbs, tf.zerosLike(logProbs));
  });
}
