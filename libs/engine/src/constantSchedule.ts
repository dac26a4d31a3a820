import type { Schedule } from './schedule.js';
import { tf } from './tf.js';

/**
 * The same value at every step.
 * @throws when the value is not finite.
 */
export function constantSchedule(value: number): Schedule {
  if (!Number.isFinite(value)) throw new Error(`constantSchedule: the value must be finite, got ${value}`);
  return { at: () => value, tensor: () => tf.scalar(value) };
}
