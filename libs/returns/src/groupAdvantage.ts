import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link groupAdvantage}. */
export interface GroupAdvantageOptions {
  /** What is subtracted: the group's mean ('mean', unless given), the mean of the others ('leaveOneOut'), or nothing. */
  readonly center?: 'mean' | 'leaveOneOut' | 'none';
  /** What it is divided by: the group's standard deviation ('group', unless given), that of all outcomes ('batch'), or nothing. */
  readonly scale?: 'group' | 'batch' | 'none';
  /** Added to the standard deviation, 1e-6 unless given. */
  readonly epsilon?: number;
}

/**
 * Advantages of sampled outcomes without a critic, `[Q, G]` (prompts × outcomes of each) to `[Q, G]`, without gradient:
 *
 * A = (r − baseline)/(σ + ε)
 *
 * GRPO is mean and group, RLOO leaveOneOut and none, Dr. GRPO mean and none. σ has Bessel's correction (n − 1), as in the
 * public implementations.
 *
 * Shao et al. 2024, "DeepSeekMath", section 4.1.2; Ahmadian et al. 2024, "Back to Basics" (RLOO).
 *
 * @throws when the rewards are not `[Q, G]`, or when a group of one is to be centred on the others or scaled by its deviation.
 */
export function groupAdvantage(reward: tf.Tensor, { center = 'mean', scale = 'group', epsilon = 1e-6 }: GroupAdvantageOptions = {}): tf.Tensor {
  if (reward.rank !== 2) throw new Error(`groupAdvantage: reward must be [Q, G], got [${reward.shape.join(', ')}]`);
  const [prompts, size] = (reward as tf.Tensor2D).shape;
  if (size < 2 && (center === 'leaveOneOut' || scale === 'group')) throw new Error(`groupAdvantage: center '${center}' with scale '${scale}' needs at least 2 outcomes in a group, got ${size}`);
  return tf.tidy(() =>
    offTape(() => {
      const fromMean = reward.sub(reward.mean(1, true));
      const factor = center === 'leaveOneOut' ? size / (size - 1) : 1;
      const centered = center === 'none' ? reward : fromMean.mul(factor);
      if (scale === 'none') return centered.clone();
      const deviation =
        scale === 'group' ? fromMean.square().sum(1, true).div(size - 1).sqrt() : reward.sub(reward.mean()).square().sum().div(Math.max(prompts * size - 1, 1)).sqrt();
      return centered.div(deviation.add(epsilon));
    }),
  );
}
