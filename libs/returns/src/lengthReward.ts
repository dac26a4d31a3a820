import { offTape, tf } from '@rivulet/engine';

/** What lengths earn; see {@link lengthReward}. */
export type LengthRewardForm =
  /** 0 up to maxLength − buffer, then down in a line to −1 at maxLength, −1 beyond (Yu et al. 2025, "DAPO", eq. 13). */
  | { readonly form: 'overlong'; readonly maxLength: number; readonly buffer: number }
  /** −n/maxLength */
  | { readonly form: 'linear'; readonly maxLength: number }
  /** −1/n: what is too short pays (Ye et al. 2025, "On the Emergence of Thinking in LLMs I") */
  | { readonly form: 'inverse' }
  /** −|n − target|, for a length that was asked for (Aggarwal & Welleck 2025, "L1") */
  | { readonly form: 'target'; readonly target: number | tf.Tensor }
  /** −sigmoid((n − mean)/(σ + 1e-7)) for correct answers, over those of the group; 0 for wrong ones (Arora & Zanette 2025, "Training Language Models to Reason Efficiently"; σ without Bessel's correction, as in their code) */
  | { readonly form: 'sigmoid'; readonly correct: tf.Tensor }
  /** λ = 1/2 − (n − min)/(max − min) over all answers of the group; correct ones earn λ, wrong ones min(λ, 0); all 0 where the group has one length (Kimi team 2025, "Kimi k1.5", section 2.3.3) */
  | { readonly form: 'relative'; readonly correct: tf.Tensor };

/**
 * What the length n of an answer in tokens adds to its reward, without gradient, times `coefficient` (1 unless given).
 *
 * @param length `[Q, G]` (prompts × answers); for the forms that look at each answer alone, any shape
 * @param options the {@link LengthRewardForm}; `correct` is `[Q, G]` with 1 and 0
 * @returns shaped like `length`
 * @throws when a form that compares answers of a group gets no `[Q, G]`, or the buffer is not within (0, maxLength].
 */
export function lengthReward(length: tf.Tensor, options: LengthRewardForm & { readonly coefficient?: number }): tf.Tensor {
  const { form } = options;
  if ((form === 'sigmoid' || form === 'relative') && length.rank !== 2) throw new Error(`lengthReward: form '${form}' compares answers of a group, so length must be [Q, G], got [${length.shape.join(', ')}]`);
  if (form === 'overlong' && !(options.buffer > 0 && options.buffer <= options.maxLength)) throw new Error(`lengthReward: buffer must be above 0 and at most maxLength ${options.maxLength}, got ${options.buffer}`);
  return tf.tidy(() => offTape(() => formOf(length.toFloat(), options).mul(options.coefficient ?? 1)));
}

function formOf(length: tf.Tensor, options: LengthRewardForm): tf.Tensor {
  switch (options.form) {
    case 'overlong':
      return tf.sub(options.maxLength - options.buffer, length).div(options.buffer).clipByValue(-1, 0);
    case 'linear':
      return length.div(-options.maxLength);
    case 'inverse':
      return tf.div(-1, tf.maximum(length, 1));
    case 'target':
      return length.sub(options.target).abs().neg();
    case 'sigmoid':
      return sigmoidOfStandardized(length, options.correct.toFloat());
    case 'relative':
      return relative(length, options.correct.toBool());
  }
}

function sigmoidOfStandardized(length: tf.Tensor, correct: tf.Tensor): tf.Tensor {
  const n = tf.maximum(correct.sum(1, true), 1);
  const centered = length.sub(length.mul(correct).sum(1, true).div(n));
  const deviation = centered.square().mul(correct).sum(1, true).div(n).sqrt();
  return centered.div(deviation.add(1e-7)).sigmoid().mul(correct).neg();
}

function relative(length: tf.Tensor, correct: tf.Tensor): tf.Tensor {
  const shortest = length.min(1, true);
  const range = length.max(1, true).sub(shortest);
  const share = tf.sub(0.5, length.sub(shortest).div(tf.maximum(range, 1)));
  return tf.where(correct, share, tf.minimum(share, 0)).mul(range.greater(0).toFloat());
}
