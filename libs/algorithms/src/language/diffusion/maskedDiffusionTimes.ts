import { tf } from '@rivulet/engine';

/** How {@link maskedDiffusionTimes} spreads times. */
export interface MaskedDiffusionTimesOptions {
  /** The earliest time: weights 1/t are at most 1/minimum. Default: 0.001. */
  readonly minimum?: number;
  /** 'stratified': row i of B has a time of its own B-th of the range, which lowers the variance of the mean over the batch. 'independent': each anywhere. Default: stratified. */
  readonly spread?: 'stratified' | 'independent';
}

/**
 * Times of the forward process, one a row, each uniform in [minimum, 1).
 *
 * Source: Nie et al., "Large language diffusion models" (LLaDA, 2025), appendix A, and ML-GSAI/LLaDA for the minimum of 0.001; Sahoo et al., "Simple and effective masked diffusion language models"
 * (2024), for the low-discrepancy sampler, and kuleshov-group/mdlm, where every row draws in its own part.
 *
 * @param noise uniform in [0, 1), `[B]`
 * @returns `[B]`
 * @throws when the minimum is not above 0 and below 1.
 */
export function maskedDiffusionTimes(noise: tf.Tensor, { minimum = 1e-3, spread = 'stratified' }: MaskedDiffusionTimesOptions = {}): tf.Tensor {
  if (!(minimum > 0 && minimum < 1)) throw new Error(`maskedDiffusionTimes: minimum must be above 0 and below 1, got ${minimum}`);
  const rows = noise.shape[0] as number;
  return tf.tidy(() => {
    const unit = spread === 'stratified' ? noise.add(tf.range(0, rows)).div(rows) : noise;
    return unit.mul(1 - minimum).add(minimum);
  });
}
