import { applyUpdates, type GradientTransform, type Metrics, type Rng, stopGradient, tf, type Tree, valueAndGrad } from '@rivulet/engine';
import { aggregateLoss, nllLoss, weighted } from '@rivulet/losses';
import type { Learner, Updated } from '../../learner.js';
import { type MaskedCompletions, maskedDiffusionModel, maskedDiffusionScores } from './maskedDiffusionScores.js';
import { maskedDiffusionTimes, type MaskedDiffusionTimesOptions } from './maskedDiffusionTimes.js';
import { maskTokens } from './maskTokens.js';
import type { TokenBatch, TokenModel, TokenPolicyState } from '../tokenPolicy.js';

export interface MaskedDiffusionLearnerOptions {
  readonly optimizer: GradientTransform;
  /** T: completions stand in the last T columns. */
  readonly newTokens: number;
  /** Fills a completion up to T tokens. */
  readonly eos: number;
  readonly times?: MaskedDiffusionTimesOptions;
}

/** Completions filled up to T tokens with the end token, all of them real: int32 `[B, T]`, with prompts and mask of what the model is to see. */
export function filledCompletions({ tokens, mask, written }: Pick<TokenBatch, 'tokens' | 'mask' | 'written'>, eos: number): { readonly prompt: tf.Tensor } & Pick<MaskedCompletions, 'mask' | 'completion'> {
  const [rows, length] = written.shape as [number, number];
  const promptTokens = (tokens.shape[1] as number) - length;
  return {
    prompt: tokens.slice([0, 0], [rows, promptTokens]),
    mask: tf.concat([mask.slice([0, 0], [rows, promptTokens]), tf.ones([rows, length])], 1),
    completion: tf.where(written.toBool(), tokens.slice([0, promptTokens], [rows, length]), tf.fill([rows, length], eos, 'int32')),
  };
}

/**
 * A masked-diffusion language model as a learner. Every update draws a time t for each completion, hides each of its tokens with probability t, and lowers the bound
 *
 * -log π(y|x) ≤ E_t E_{y_t} (1/t) Σ_{i hidden} -log π(y_i | x, y_t),
 *
 * divided by T, averaged over completions. It holds equally for all schedules of hiding, and is the mean over all orders of writing y of its negative log-likelihood. Prompts are never hidden. Completions are filled up to T
 * tokens with the end token, which is learned like any other: a model must not see where a completion ends.
 *
 * Source: Nie et al., "Large language diffusion models" (LLaDA, 2025), eqs. 3 and 5; Sahoo et al., "Simple and effective masked diffusion language models" (2024), eq. 10 with α(t) = 1 - t.
 *
 * @throws when the policy's model is no `maskedDiffusionLm`.
 */
export function maskedDiffusionLearner(policy: TokenModel, { optimizer, newTokens, eos, times }: MaskedDiffusionLearnerOptions): Learner<TokenPolicyState, TokenBatch> {
  const { maskToken } = maskedDiffusionModel(policy.model);
  return {
    init(rng: Rng): TokenPolicyState {
      const trained = policy.init(rng);
      return { trained, optimizer: optimizer.init(trained), step: tf.scalar(0) };
    },
    update(state, batch, { rng }): Updated<TokenPolicyState> {
      const rows = batch.tokens.shape[0] as number;
      const { prompt, mask, completion } = filledCompletions(batch, eos);
      const time = maskedDiffusionTimes(rng.uniform([rows]), times);
      const corrupted = maskTokens(completion, { maskToken, probability: time, noise: rng.uniform([rows, newTokens]) });
      const tokens = tf.concat([prompt, corrupted.tokens], 1);
      const { aux, grads } = valueAndGrad((trained: Tree) => {
        const { logProb } = maskedDiffusionScores(policy, trained, { tokens, mask, completion });
        const bound = nllLoss(logProb, { mask: corrupted.masked, weight: time.reciprocal() });
        const { loss, metrics } = weighted({ negativeElbo: [1, aggregateLoss(bound, { mode: 'constant', maxLength: newTokens })] });
        const guess = nllLoss(stopGradient(logProb), { mask: corrupted.masked });
        return { loss, aux: { ...metrics, crossEntropy: aggregateLoss(guess, { mode: 'token', mask: corrupted.masked }) } };
      })(state.trained);
      const { updates, state: next } = optimizer.update(grads, state.optimizer, state.trained);
      return { state: { trained: applyUpdates(state.trained, updates), optimizer: next, step: state.step.add(1) }, metrics: aux as Metrics };
    },
  };
}
