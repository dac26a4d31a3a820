import { constantSchedule } from './constantSchedule.js';
import { joinSchedules } from './joinSchedules.js';
import type { Schedule } from './schedule.js';

/**
 * A staircase: `values[0]` until step `boundaries[0]`, from there on `values[1]`, and so on.
 * @throws when there is not one boundary fewer than values, the boundaries do not increase or a value is not finite.
 */
export function piecewiseSchedule(values: readonly number[], boundaries: readonly number[]): Schedule {
  return joinSchedules(values.map(constantSchedule), boundaries);
}
