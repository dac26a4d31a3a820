import { chain } from './chain.js';
import type { GradientTransform } from './gradientTransform.js';
import { type AdamOptions, scaleByAdam } from './scaleByAdam.js';
import type { Schedule } from './schedule.js';
import { sgd } from './sgd.js';
import type { Tree } from './tree.js';

/**
 * Adam: updates = -learningRate·m̂ / (√v̂ + ε); see {@link scaleByAdam}. Defaults of the paper, of PyTorch and of optax.
 * @throws when an option is out of range.
 */
export function adam(learningRate: number | Schedule, options: AdamOptions = {}): GradientTransform<readonly Tree[]> {
  return chain(scaleByAdam(options), sgd(learningRate));
}
