import { type Aggregation, aggregateLoss, nllLoss, weighted } from '@rivulet/losses';
import type { TokenObjective } from '../tokenPolicy.js';

/**
 * The objective of supervised fine-tuning, and with weights of expert iteration: L = -Σ w log π(y|x) over the tokens of completions.
 * The weight w is 1 ('none'), or the advantage of the row: with a reward of 0 or 1 only right completions are learned.
 */
export function likelihoodObjective({ aggregation, weight }: { readonly aggregation: Aggregation; readonly weight: 'none' | 'advantage' }): TokenObjective {
  return ({ batch, logProb }) => {
    const mask = batch.written;
    const loss = nllLoss(logProb, { mask, ...(weight === 'advantage' ? { weight: batch.advantage } : {}) });
    return weighted({ negativeLogLikelihood: [1, aggregateLoss(loss, { ...aggregation, mask })] });
  };
}
