import type { GradientTransform } from './gradientTransform.js';
import { type CountState, scaleBySchedule } from './scaleBySchedule.js';
import type { Schedule } from './schedule.js';

/**
 * Gradient descent: updates = -learningRate·gradient. It is the last link of every optimizer here.
 * @throws when the learning rate is a number that is not finite.
 */
export function sgd(learningRate: number | Schedule): GradientTransform<CountState> {
  if (typeof learningRate === 'number') return scaleBySchedule(-learningRate);
  return scaleBySchedule({ at: (step) => -learningRate.at(step), tensor: (step) => learningRate.tensor(step).mul(-1) });
}
