import { constantSchedule } from './constantSchedule.js';
import type { Schedule } from './schedule.js';

/** A number as the schedule that is always that number; a schedule as it is. */
export function asSchedule(value: number | Schedule): Schedule {
  return typeof value === 'number' ? constantSchedule(value) : value;
}
