import { tf } from '@rivulet/engine';

/** How {@link maskTokens} hides tokens. */
export interface MaskTokensOptions {
  /** The id that takes the place of hidden tokens. */
  readonly maskToken: number;
  /** Of being hidden: one for all, `[B]` for the tokens of a row, or `[B, T]`. */
  readonly probability: number | tf.Tensor;
  /** Uniform in [0, 1), `[B, T]`: a token is hidden where it is below the probability. */
  readonly noise: tf.Tensor;
  /** `[B, T]`, 1 where a token may be hidden. Default: all may. */
  readonly mask?: tf.Tensor;
}

/**
 * The forward process of masked diffusion: each token, independently of the others, is hidden with a probability. With probability t it is the state at time t of the schedule α(t) = 1 - t.
 *
 * Source: Nie et al., "Large language diffusion models" (LLaDA, 2025), section 2.1; Sahoo et al., "Simple and effective masked diffusion language models" (2024), section 3.1.
 *
 * @param tokens int32 `[B, T]`
 * @returns `tokens` int32 `[B, T]`, with the mask token where they are hidden; `masked` `[B, T]`, 1 there. Without gradient.
 */
export function maskTokens(tokens: tf.Tensor, { maskToken, probability, noise, mask }: MaskTokensOptions): { readonly tokens: tf.Tensor; readonly masked: tf.Tensor } {
  if (noise.shape.join() !== tokens.shape.join()) throw new Error(`maskTokens: the noise [${noise.shape.join(', ')}] should have the shape of the tokens [${tokens.shape.join(', ')}]`);
  return tf.tidy(() => {
    const hidden = noise.less(typeof probability === 'object' && probability.rank === 1 ? probability.expandDims(1) : probability);
    const masked = mask === undefined ? hidden : hidden.logicalAnd(mask.toBool());
    return { tokens: tf.where(masked, tf.fill(tokens.shape, maskToken, 'int32'), tokens.toInt()), masked: masked.toFloat() };
  });
}
