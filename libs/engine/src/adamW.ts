import { chain } from './chain.js';
import type { GradientTransform } from './gradientTransform.js';
import { type AdamOptions, scaleByAdam } from './scaleByAdam.js';
import type { Schedule } from './schedule.js';
import { sgd } from './sgd.js';
import type { Tree } from './tree.js';
import { weightDecay } from './weightDecay.js';

export interface AdamWOptions extends AdamOptions {
  /** λ; 0.01 by default, as in PyTorch (optax: 1e-4). */
  readonly decay?: number;
  /** Which leaves decay, by path; all by default. */
  readonly decays?: (path: string) => boolean;
}

/**
 * Adam with decoupled weight decay: updates = -learningRate·(m̂ / (√v̂ + ε) + λ·parameter).
 *
 * Source: Loshchilov, Hutter, "Decoupled weight decay regularization" (2019), algorithm 2.
 *
 * @throws when an option is out of range.
 */
export function adamW(learningRate: number | Schedule, { decay = 0.01, decays, ...options }: AdamWOptions = {}): GradientTransform<readonly Tree[]> {
  return chain(scaleByAdam(options), weightDecay(decay, decays), sgd(learningRate));
}
