import { tf } from '@rivulet/engine';

/**
 * The score of each completion, read after its last token: values are of what stands before each token, so that of the first padded one has read the whole completion.
 *
 * @param value `[N, T+1]`
 * @param stands `[N, T+1]`, 1 where a completion has a token, whoever wrote it; the last place is empty.
 * @returns `[N]`
 */
export function rewardModellingScores(value: tf.Tensor, stands: tf.Tensor): tf.Tensor {
  return tf.tidy(() => value.mul(tf.oneHot(stands.sum(1).toInt(), stands.shape[1] as number)).sum(1));
}
