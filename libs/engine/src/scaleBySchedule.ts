import { asSchedule } from './asSchedule.js';
import type { GradientTransform } from './gradientTransform.js';
import type { Schedule } from './schedule.js';
import { tf } from './tf.js';
import { tidyTree, treeMap, type Tree } from './tree.js';

/** The number of updates made, an int32 scalar `count`; nothing where the factor is a plain number. */
export type CountState = { readonly [key: string]: tf.Scalar };

/**
 * factor·gradient. A schedule is evaluated at the number of updates made before: the first update uses step 0.
 * @throws when the number is not finite.
 */
export function scaleBySchedule(factor: number | Schedule): GradientTransform<CountState> {
  const schedule = asSchedule(factor);
  if (typeof factor === 'number') {
    return {
      init: () => ({}),
      update: (gradients) => ({ updates: treeMap((x) => x.mul(factor), gradients), state: {} }),
    };
  }
  return {
    init: () => ({ count: tf.scalar(0, 'int32') }),
    update: <P extends Tree>(gradients: P, { count }: CountState) =>
      tidyTree(() => {
        const value = schedule.tensor(count);
        return { updates: treeMap((x) => x.mul(value), gradients), state: { count: tf.add(count, tf.scalar(1, 'int32')) as tf.Scalar } };
      }),
  };
}
