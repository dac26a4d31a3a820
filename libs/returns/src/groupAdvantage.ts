import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link groupAdvantage}. */
export interface GroupAdvantageOptions {
  /**
   * What is subtracted: the group's mean ('mean', unless given), the mean of the others ('leaveOneOut'), the mean of all
   * outcomes of the batch ('batch'), the `baseline` given ('constant'), or nothing ('none').
   */
  readonly center?: 'mean' | 'leaveOneOut' | 'batch' | 'constant' | 'none';
  /** For 'constant' alone: a number, one for each prompt `[Q]` (such as the reward of its greedy answer), or for each outcome `[Q, G]`. */
  readonly baseline?: number | tf.Tensor;
  /** What it is divided by: the group's standard deviation ('group', unless given), that of all outcomes ('batch'), or nothing. */
  readonly scale?: 'group' | 'batch' | 'none';
  /** Added to the standard deviation, 1e-6 unless given. */
  readonly epsilon?: number;
  /** `[Q, G]`, 1 where an outcome counts; the others are left out of means and deviations, and get 0. */
  readonly mask?: tf.Tensor;
}

/**
 * Advantages of sampled outcomes without a critic, `[Q, G]` (prompts × outcomes of each) to `[Q, G]`, without gradient:
 *
 * A = (r − baseline)/(σ + ε)
 *
 * | method | center | scale |
 * |---|---|---|
 * | GRPO (Shao et al. 2024, "DeepSeekMath", section 4.1.2), DAPO | mean | group |
 * | Dr. GRPO (Liu et al. 2025) | mean | none |
 * | RLOO (Kool et al. 2019; Ahmadian et al. 2024, "Back to Basics") | leaveOneOut | none |
 * | REINFORCE++ (Hu 2025), for outcomes without a penalty per token | batch | batch |
 * | its variant with a group baseline | mean | none, then `advantageNormalization` over all tokens |
 * | ReMax (Li et al. 2023): the greedy answer's reward as baseline | constant | none |
 *
 * σ has Bessel's correction (n − 1), as in TRL and verl, and 'batch' is the deviation of the rewards from the mean of all, whatever
 * was subtracted. ε is 1e-6 in verl, 1e-4 in TRL. A group of equals gets 0. An outcome whose group has no other that counts gets 0 from 'leaveOneOut'
 * (verl leaves its reward as it is there).
 *
 * @param reward `[Q, G]`
 * @throws when the rewards are not `[Q, G]`, when a group of one is to be centred on the others or scaled by its deviation, or when a baseline is missing or
 * given in vain.
 */
export function groupAdvantage(reward: tf.Tensor, { center = 'mean', baseline, scale = 'group', epsilon = 1e-6, mask }: GroupAdvantageOptions = {}): tf.Tensor {
  if (reward.rank !== 2) throw new Error(`groupAdvantage: reward must be [Q, G], got [${reward.shape.join(', ')}]`);
  const size = reward.shape[1]!;
  if (size < 2 && (center === 'leaveOneOut' || scale === 'group')) throw new Error(`groupAdvantage: center '${center}' with scale '${scale}' needs at least 2 outcomes in a group, got ${size}`);
  if ((baseline !== undefined) !== (center === 'constant')) throw new Error(`groupAdvantage: a baseline goes with center 'constant', and only with it, got center '${center}' ${baseline === undefined ? 'without' : 'with'} one`);
  return tf.tidy(() =>
    offTape(() => {
      const counts = mask?.toFloat() ?? tf.onesLike(reward);
      // Not a product: what does not count may be anything.
      const only = (x: tf.Tensor): tf.Tensor => (mask === undefined ? x : tf.where(mask.toBool(), x, tf.zerosLike(x)));
      const kept = only(reward);
      const deviations = (axis: number | undefined): { readonly from: tf.Tensor; readonly sigma: tf.Tensor } => {
        const n = counts.sum(axis, true);
        const from = only(kept.sub(kept.sum(axis, true).div(tf.maximum(n, 1))));
        return { from, sigma: from.square().sum(axis, true).div(tf.maximum(n.sub(1), 1)).sqrt() };
      };
      const [group, batch] = [() => deviations(1), () => deviations(undefined)];
      const centered = (): tf.Tensor => {
        if (center === 'none') return kept.clone();
        if (center === 'constant') return only(kept.sub(typeof baseline === 'number' ? baseline : perOutcome(baseline!)));
        if (center === 'batch') return batch().from;
        if (center === 'mean') return group().from;
        const n = counts.sum(1, true);
        return group().from.mul(n.div(tf.maximum(n.sub(1), 1)));
      };
      if (scale === 'none') return centered();
      return centered().div((scale === 'group' ? group() : batch()).sigma.add(epsilon));
    }),
  );
}

/** `[Q]` as `[Q, 1]`. */
function perOutcome(baseline: tf.Tensor): tf.Tensor {
  return baseline.rank === 1 ? baseline.expandDims(1) : baseline;
}
