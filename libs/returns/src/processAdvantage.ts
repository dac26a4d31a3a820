import { offTape, tf } from '@rivulet/engine';
import { groupAdvantage } from './groupAdvantage.js';
import type { GroupAdvantageOptions } from './groupAdvantage.js';

/** The switches of {@link processAdvantage}. */
export type ProcessAdvantageOptions = Pick<GroupAdvantageOptions, 'scale' | 'epsilon'> & { readonly center?: 'mean' | 'none' };

/**
 * Advantages of tokens from rewards of reasoning steps, without a critic and without gradient: the rewards of all steps of all answers of
 * a prompt are normalised together, and each token gets the sum of those of its own step and of the later ones.
 *
 * r̃ = (r − mean)/(σ + ε) at the ends of steps, 0 elsewhere;  Aₜ = Σₖ≥ₜ r̃ₖ
 *
 * Shao et al. 2024, "DeepSeekMath", section 4.1.3.
 *
 * @param reward `[Q, G, T]`, read where a step ends
 * @param stepEnd `[Q, G, T]`, 1 at the last token of each step
 * @returns `[Q, G, T]`; after the last step of an answer it is 0
 * @throws when the rewards are not `[Q, G, T]`.
 */
export function processAdvantage(reward: tf.Tensor, stepEnd: tf.Tensor, options: ProcessAdvantageOptions = {}): tf.Tensor {
  if (reward.rank !== 3) throw new Error(`processAdvantage: reward must be [Q, G, T], got [${reward.shape.join(', ')}]`);
  const [prompts, size, length] = (reward as tf.Tensor3D).shape;
  return tf.tidy(() =>
    offTape(() => {
      const together: [number, number] = [prompts, size * length];
      const normalized = groupAdvantage(reward.reshape(together), { ...options, mask: stepEnd.reshape(together) });
      return normalized.reshape([prompts, size, length]).cumsum(2, false, true);
    }),
  );
}
