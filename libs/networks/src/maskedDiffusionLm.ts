import { tf, tidyTree } from '@rivulet/engine';
import { type CausalTransformer, causalTransformer, type TransformerParameters } from './causalTransformer.js';
import type { TransformerOptions } from './transformerOptions.js';

/** The form of a {@link maskedDiffusionLm}: that of a {@link causalTransformer}, whose attention is full. */
export type MaskedDiffusionLmOptions = Omit<TransformerOptions, 'attention'>;

/** A transformer that fills in hidden tokens. Its t-th logits [B, T, V] score token t itself; `step`, `extend` and `initCache` do not exist for it. */
export interface MaskedDiffusionLm extends CausalTransformer {
  /** The id that stands for a hidden token: V, the one after the vocabulary. */
  readonly maskToken: number;
}

/**
 * A masked-diffusion language model: a transformer that sees both sides, reads one token more than it writes, and predicts what stands under each mask token. The logits are of the
 * V tokens of the vocabulary, so that the mask token has probability 0. It is not told the time: how many tokens are hidden is seen in the input.
 * `form.vocab` is V + 1, the rows of the table of tokens.
 *
 * Source: Sahoo et al., "Simple and effective masked diffusion language models" (2024), section 3.2 (SUBS, zero masking probabilities); Nie et al., "Large language diffusion models" (LLaDA,
 * 2025), section 2. That the time is not needed: Ou et al., "Your absorbing discrete diffusion secretly models the conditional distributions of clean data" (2024).
 *
 * @param options `vocab` is V, without the mask token
 * @throws when V is no positive integer, and where a {@link causalTransformer} does.
 */
export function maskedDiffusionLm(options: MaskedDiffusionLmOptions): MaskedDiffusionLm {
  const { vocab } = options;
  if (!Number.isInteger(vocab) || vocab < 1) throw new Error(`maskedDiffusionLm: vocab should be a positive integer, got ${vocab}`);
  const transformer = causalTransformer({ ...options, vocab: vocab + 1, attention: 'full' });
  const logits = (parameters: TransformerParameters, hidden: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const withMask = transformer.logits(parameters, hidden);
      return withMask.slice(withMask.shape.map(() => 0), [...withMask.shape.slice(0, -1), vocab]);
    });
  return {
    ...transformer,
    maskToken: vocab,
    logits,
    apply: (parameters, input) =>
      tidyTree(() => {
        const hidden = transformer.trunk.apply(parameters, input);
        return { logits: logits(parameters, hidden), hidden };
      }),
  };
}
