import type { tf, Tree } from '@rivulet/engine';
import { type CausalTransformer, type MaskedDiffusionLm, tokenLogProbs } from '@rivulet/networks';
import type { TokenModel, TokenObjectiveInputs } from '../tokenPolicy.js';

/**
 * The model of a policy as the masked-diffusion model that it is.
 * @throws when it is another one.
 */
export function maskedDiffusionModel(model: CausalTransformer): MaskedDiffusionLm {
  if (!('maskToken' in model)) throw new Error('maskedDiffusion: the model of the policy has no mask token; make it by maskedDiffusionLm');
  return model as MaskedDiffusionLm;
}

/** What {@link maskedDiffusionScores} scores. */
export interface MaskedCompletions {
  /** int32 `[B, P+T]`: what the model sees, hidden tokens as the mask token. */
  readonly tokens: tf.Tensor;
  /** `[B, P+T]`: 1 where a token is real, hidden or not. */
  readonly mask: tf.Tensor;
  /** int32 `[B, T]`: what truly stands in the last T columns. */
  readonly completion: tf.Tensor;
}

/** Logits `[B, T, V]` and log-probabilities `[B, T]` of what stands in the last T columns, each token scored at its own place. They mean something where it is hidden. */
export function maskedDiffusionScores(policy: TokenModel, trained: Tree, { tokens, mask, completion }: MaskedCompletions, temperature = 1): Pick<TokenObjectiveInputs, 'logits' | 'logProb'> {
  const parameters = policy.parameters(trained);
  const [batch, length] = completion.shape as [number, number];
  const hidden: tf.Tensor = policy.model.trunk.apply(parameters, { tokens, mask }).slice([0, (tokens.shape[1] as number) - length, 0], [batch, length, -1]);
  const logits = policy.model.logits(parameters, hidden).div(temperature);
  return { logits, logProb: tokenLogProbs(logits, completion) };
}
