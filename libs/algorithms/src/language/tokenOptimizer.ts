import { adam, chain, clipByGlobalNorm, flatten, type GradientTransform } from '@rivulet/engine';
import { type LearningRateOptions, learningRateSchedule } from './learningRateSchedule.js';

/** What the algorithms over tokens descend with: gradients clipped by their global norm, then Adam at a {@link learningRateSchedule}. */
export function tokenOptimizer({ maxGradientNorm, ...rate }: LearningRateOptions & { readonly maxGradientNorm: number }): GradientTransform {
  return flatten(chain(clipByGlobalNorm(maxGradientNorm), adam(learningRateSchedule(rate))));
}
