import { chain } from './chain.js';
import type { GradientTransform } from './gradientTransform.js';
import { type RmsOptions, scaleByRms } from './scaleByRms.js';
import type { Schedule } from './schedule.js';
import { sgd } from './sgd.js';
import type { Tree } from './tree.js';

/**
 * RMSProp: updates = -learningRate·g / √(v + ε); see {@link scaleByRms}. Defaults of optax; PyTorch's are
 * `{ decay: 0.99, epsilonPlace: 'outside' }`. With momentum: `chain(scaleByRms(options), trace(), sgd(learningRate))`.
 *
 * @throws when an option is out of range.
 */
export function rmsprop(learningRate: number | Schedule, options: RmsOptions = {}): GradientTransform<readonly Tree[]> {
  return chain(scaleByRms(options), sgd(learningRate));
}
