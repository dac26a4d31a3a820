import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link autoTemperature}. */
export interface AutoTemperatureOptions {
  /** H̄ in nats; −m for m action dimensions is usual. */
  readonly targetEntropy: number;
  /** What multiplies the gap: log α itself (unless given), as most public implementations do, or α = exp(log α), as the paper does. */
  readonly multiplier?: 'logAlpha' | 'alpha';
}

/**
 * The loss of a temperature's logarithm whose descent brings the policy's entropy to a target, per element:
 *
 * L = −log α·(log π(a|s) + H̄), or −α·(log π(a|s) + H̄)
 *
 * Gradient reaches `logAlpha` alone: α grows while the entropy is below the target. Given a divergence for `logProb` and its
 * negative bound for the target, it keeps that divergence below the bound.
 *
 * Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications", eq. 18.
 *
 * @param logAlpha scalar
 * @param logProb log π of actions sampled now, `[B]`
 * @returns `[B]`
 */
export function autoTemperature(logAlpha: tf.Tensor, logProb: tf.Tensor, { targetEntropy, multiplier = 'logAlpha' }: AutoTemperatureOptions): tf.Tensor {
  return tf.tidy(() => {
    const gap = offTape(() => logProb.add(targetEntropy).neg());
    return gap.mul(multiplier === 'alpha' ? logAlpha.exp() : logAlpha);
  });
}
