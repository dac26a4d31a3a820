import type { GradientTransform, NoState } from './gradientTransform.js';
import { tidyTree, treeLeaves, treeMap, type Tree } from './tree.js';

/**
 * gradient + decay·parameter. Before `scaleByAdam` in a chain it is the gradient of (decay / 2)·‖parameters‖²; after it,
 * decoupled decay.
 *
 * @param decays which leaves decay, by their path (`actor/layers/0/kernel`); all by default. Inside `flatten` there are no paths.
 * @throws when `decay` is negative, or gradients and parameters differ in structure.
 */
export function weightDecay(decay: number, decays: (path: string) => boolean = () => true): GradientTransform<NoState> {
  if (!(decay >= 0)) throw new Error(`weightDecay: decay must not be negative, got ${decay}`);
  return {
    init: () => ({}),
    update: <P extends Tree>(gradients: P, _state: NoState, parameters: P) =>
      tidyTree(() => {
        const paths = treeLeaves(gradients).map((leaf) => leaf.path);
        let next = 0;
        const updates = treeMap((gradient, parameter) => (decays(paths[next++]) ? gradient.add(parameter.mul(decay)) : gradient.clone()), gradients, parameters);
        return { updates, state: {} };
      }),
  };
}
