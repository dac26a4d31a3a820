import { constantSchedule, linearSchedule, type Schedule } from '@rivulet/engine';

/** A number that stays, or falls linearly to zero over so many steps. */
export function falling(from: number, anneal: 'none' | 'linear', steps: number): Schedule {
  return anneal === 'linear' ? linearSchedule({ from, to: 0, steps }) : constantSchedule(from);
}
