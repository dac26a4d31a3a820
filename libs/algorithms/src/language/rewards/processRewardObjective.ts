import type { tf } from '@rivulet/engine';
import { aggregateLoss, binaryCrossEntropy, weighted } from '@rivulet/losses';
import type { ProcessRewardModellingConfig } from './processRewardModellingConfig.js';
import type { TokenBatch, TokenObjective } from '../tokenPolicy.js';

/** A batch of a {@link processRewardActor}. */
export type StepBatch = TokenBatch & {
  /** `[B, T]`, 1 at the last token of each step that counts. */
  readonly stepEnd: tf.Tensor;
  /** `[B, T]`, at the same places: how good the step is, in [0, 1]. */
  readonly stepLabel: tf.Tensor;
};

/**
 * The objective of a process reward model: binary cross-entropy of the logit z that the head gives after the last token of each step, against the label y of the step,
 *
 * L = mean over steps of −y log σ(z) − (1 − y) log(1 − σ(z)).
 *
 * Source: Lightman et al., "Let's verify step by step" (2023), section 2.6; with soft labels Wang et al., "Math-Shepherd" (2024). There the classes are tokens of the language model; here σ(z) has a head of its own.
 */
export function processRewardObjective({ positiveWeight, aggregation }: Pick<ProcessRewardModellingConfig, 'positiveWeight' | 'aggregation'>): TokenObjective {
  return ({ batch, value }) => {
    const { stepEnd, stepLabel } = batch as Partial<StepBatch>;
    if (value === undefined) throw new Error('processRewardObjective: the model has no head (withValueHead)');
    if (stepEnd === undefined || stepLabel === undefined) throw new Error('processRewardObjective: the batch has no labelled steps (processRewardActor)');
    // What is known after a token stands at the next place; the last place is empty.
    const logit = value.slice([0, 1]);
    const [mask, label] = [stepEnd, stepLabel].map((field) => field.slice([0, 0], logit.shape as [number, number]));
    return weighted({ steps: [1, aggregateLoss(binaryCrossEntropy(logit, label, { positiveWeight, mask }), { mode: aggregation === 'step' ? 'token' : 'sequence', mask })] });
  };
}
