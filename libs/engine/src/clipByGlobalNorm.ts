import { clipTreeByGlobalNorm } from './clipTreeByGlobalNorm.js';
import type { GradientTransform, NoState } from './gradientTransform.js';

/**
 * {@link clipTreeByGlobalNorm} as a transform: the first link of most chains, `chain(clipByGlobalNorm(0.5), adam(3e-4))`.
 * @throws when `maxNorm` is not positive.
 */
export function clipByGlobalNorm(maxNorm: number): GradientTransform<NoState> {
  if (!(maxNorm > 0)) throw new Error(`clipByGlobalNorm: maxNorm must be positive, got ${maxNorm}`);
  return {
    init: () => ({}),
    update(gradients) {
      const { clipped, norm } = clipTreeByGlobalNorm(gradients, maxNorm);
      norm.dispose();
      return { updates: clipped, state: {} };
    },
  };
}
