import type { Schedule } from './schedule.js';
import { tf } from './tf.js';

/**
 * One schedule after another: the i-th begins at step `boundaries[i - 1]` and counts its own steps from there.
 * Warm-up is `joinSchedules([linearSchedule({ from: 0, to: 1e-3, steps: 100 }), cosineSchedule({ from: 1e-3, to: 0, steps: 900 })], [100])`.
 *
 * @throws when there is not one boundary fewer than schedules, or the boundaries do not increase.
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  if (schedules.length === 0 || boundaries.length !== schedules.length - 1) {
    throw new Error(`joinSchedules: ${schedules.length} schedules need ${Math.max(schedules.length - 1, 0)} boundaries (and at least one schedule), got ${boundaries.length}`);
  }
  const wrong = boundaries.findIndex((boundary, i) => !Number.isFinite(boundary) || (i > 0 && !(boundary > boundaries[i - 1])));
  if (wrong >= 0) throw new Error(`joinSchedules: the boundaries must be finite and increase, got [${boundaries.join(', ')}]`);
  return {
    at(step) {
      const index = boundaries.filter((boundary) => step >= boundary).length;
      return schedules[index].at(index === 0 ? step : step - boundaries[index - 1]);
    },
    tensor: (step) =>
      tf.tidy(() => {
        // Cast once: an int32 step compared with a float boundary would be rounded by some backends.
        const now = step.toFloat();
        let value = schedules[0].tensor(now);
        boundaries.forEach((boundary, i) => {
          const own = tf.relu(now.sub(boundary)) as tf.Scalar;
          value = tf.where(now.greaterEqual(boundary), schedules[i + 1].tensor(own), value) as tf.Scalar;
        });
        return value;
      }),
  };
}
