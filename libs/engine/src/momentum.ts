import { chain } from './chain.js';
import type { GradientTransform } from './gradientTransform.js';
import type { Schedule } from './schedule.js';
import { sgd } from './sgd.js';
import { trace, type TraceOptions } from './trace.js';
import type { Tree } from './tree.js';

/**
 * Gradient descent with momentum: v ← g + μ·v, updates = -learningRate·v (Nesterov: -learningRate·(g + μ·v)); see {@link trace}.
 * @throws when the decay is not in [0, 1).
 */
export function momentum(learningRate: number | Schedule, options: TraceOptions = {}): GradientTransform<readonly Tree[]> {
  return chain(trace(options), sgd(learningRate));
}
