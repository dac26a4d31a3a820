import { tf, tidyTree } from '@rivulet/engine';
import type { CausalTransformer, TransformerInput, TransformerParameters } from '@rivulet/networks';
import { maskedDiffusionModel } from './maskedDiffusionScores.js';
import type { TokenModel } from '../tokenPolicy.js';

/**
 * A masked-diffusion policy that scores completions in one pass, as a policy for every learner of tokens: all T tokens of the completion are hidden, and each is scored given the prompt alone,
 * log π(y|x) ≈ Σ_t log π(y_t | x). Before other tokens stand the truth differs, so that ratios of this estimate say how the policy moved, not what a completion's probability is.
 *
 * As in a causal model the state before a token scores it: states are those of the model, moved by one place.
 *
 * Source: Zhao et al., "d1: Scaling reasoning in diffusion large language models via reinforcement learning" (2025), section 3.1, and dllm-reasoning/d1.
 *
 * @param newTokens T: completions stand in the last T columns, and all T are places, also those that follow the end token
 * @throws when the policy's model is no `maskedDiffusionLm`.
 */
export function maskedDiffusionOnePass(policy: TokenModel, newTokens: number): TokenModel {
  const model = maskedDiffusionModel(policy.model);

  const apply = (parameters: TransformerParameters, { tokens, mask }: TransformerInput): tf.Tensor =>
    tf.tidy(() => {
      const [rows, width] = tokens.shape as [number, number];
      const before = [rows, width - newTokens];
      const places = [rows, newTokens];
      const prompt = mask === undefined ? tf.ones(before) : mask.slice([0, 0], before);
      const seen = tf.concat([tokens.slice([0, 0], before).toInt(), tf.fill(places, model.maskToken, 'int32')], 1);
      const states: tf.Tensor = model.trunk.apply(parameters, { tokens: seen, mask: tf.concat([prompt.toFloat(), tf.ones(places)], 1) });
      // What scores the token after the last one means nothing.
      return tf.concat([states.slice([0, 1, 0], [rows, width - 1, -1]), states.slice([0, width - 1, 0], [rows, 1, -1])], 1);
    });

  const scoring: CausalTransformer = {
    ...model,
    trunk: { ...model.trunk, apply },
    apply: (parameters, input) =>
      tidyTree(() => {
        const hidden = apply(parameters, input);
        return { logits: model.logits(parameters, hidden), hidden };
      }),
  };
  return { ...policy, model: scoring };
}
