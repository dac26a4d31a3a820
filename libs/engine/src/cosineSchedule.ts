import type { Schedule } from './schedule.js';
import { checkedRamp, fractionAt, fractionTensor, type Ramp } from './ramp.js';
import { tf } from './tf.js';

/**
 * Half a cosine: to + (from - to)·(1 + cos(π f)) / 2 with f = clip((step - delay) / steps, 0, 1).
 *
 * Source: Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), equation 5, one period.
 *
 * @throws when `steps` is not positive, `delay` is negative or a value is not finite.
 */
export function cosineSchedule(ramp: Ramp): Schedule {
  const checked = checkedRamp('cosineSchedule', ramp);
  const { from, to } = checked;
  return {
    at: (step) => to + ((from - to) * (1 + Math.cos(Math.PI * fractionAt(checked, step)))) / 2,
    tensor: (step) => tf.tidy(() => fractionTensor(checked, step).mul(Math.PI).cos().add(1).mul((from - to) / 2).add(to)),
  };
}
