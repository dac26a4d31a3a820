import { tf } from '@rivulet/engine';

/** Running moments of observations, as a tree: count (scalar), mean [D], variance [D]. */
export type NormalizerState = {
  readonly count: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
};

/**
 * Standardises observations by the mean and variance of all that it was shown. Being part of the weights, the moments
 * travel with the policy: to actors, to evaluation, into checkpoints and exported models.
 *
 * Source: the parallel variance update of Chan, Golub, LeVeque (1979).
 */
export const runningNormalizer = {
  /** Moments of nothing: `apply` is the identity (up to clipping). */
  init(shape: readonly number[]): NormalizerState {
    return { count: tf.scalar(0), mean: tf.zeros([...shape]), variance: tf.ones([...shape]) };
  },

  /** Takes a batch [B, ...shape] in: mean and variance become those of all rows seen. */
  update(state: NormalizerState, batch: tf.Tensor): NormalizerState {
    return tf.tidy(() => {
      const rows = batch.shape[0];
      const { mean, variance } = tf.moments(batch, 0);
      const count = state.count.add(rows);
      const delta = mean.sub(state.mean);
      const share = tf.div(rows, count);
      const squares = state.variance.mul(state.count).add(variance.mul(rows)).add(delta.square().mul(state.count).mul(share));
      return { count, mean: state.mean.add(delta.mul(share)), variance: squares.div(count) };
    });
  },

  /** (x - mean) / sqrt(variance + 1e-8), clipped to [-clip, clip]; x [..., ...shape]. */
  apply(state: NormalizerState, x: tf.Tensor, clip = 10): tf.Tensor {
    return tf.tidy(() => x.sub(state.mean).div(state.variance.add(1e-8).sqrt()).clipByValue(-clip, clip));
  },
};
