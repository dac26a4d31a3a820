import { offTape, tf } from '@rivulet/engine';

/** What {@link sacActorLoss} reads, at an action that was sampled by reparameterisation. */
export interface SacActorInput {
  /** log π(a|s), `[B]` */
  readonly logProb: tf.Tensor;
  /** Q(s, a), `[B]`, or of an ensemble, `[M, B]` */
  readonly q: tf.Tensor;
}

/** The switches of {@link sacActorLoss}. */
export interface SacActorOptions {
  /** α ≥ 0; without gradient. */
  readonly temperature: number | tf.Tensor;
  /** How an ensemble becomes one value, 'min' unless given. */
  readonly reduce?: 'min' | 'mean';
}

/**
 * The soft actor's loss, per element: L = α·log π(a|s) − minₘ Qₘ(s, a). Gradient reaches `logProb` and, through the action, `q`;
 * differentiate it with respect to the actor's parameters alone.
 *
 * Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications", eq. 9.
 *
 * @returns `[B]`
 */
export function sacActorLoss({ logProb, q }: SacActorInput, { temperature, reduce = 'min' }: SacActorOptions): tf.Tensor {
  return tf.tidy(() => {
    const value = q.rank === logProb.rank ? q : reduce === 'min' ? q.min(0) : q.mean(0);
    const price = typeof temperature === 'number' ? temperature : offTape(() => temperature.clone());
    return logProb.mul(price).sub(value);
  });
}
