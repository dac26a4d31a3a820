import type { GradientTransform } from './gradientTransform.js';
import { cloneTree, tidyTree, type Tree } from './tree.js';

/** Transforms in order: each one's updates are the next one's gradients. The state is the list of their states. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform<readonly Tree[]> {
  return {
    init: (parameters) => transforms.map((transform) => transform.init(parameters)),
    update: <P extends Tree>(gradients: P, state: readonly Tree[], parameters: P) =>
      tidyTree(() => {
        let updates = transforms.length === 0 ? cloneTree(gradients) : gradients;
        const states = transforms.map((transform, i) => {
          const step = transform.update(updates, state[i], parameters);
          updates = step.updates;
          return step.state;
        });
        return { updates, state: states };
      }),
  };
}
