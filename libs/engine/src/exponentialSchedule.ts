import type { Schedule } from './schedule.js';
import { checkedRamp, fractionAt, fractionTensor, type Ramp } from './ramp.js';
import { tf } from './tf.js';

/**
 * A constant rate of change: from·(to / from)^f with f = clip((step - delay) / steps, 0, 1).
 * A decay by `rate` a step that ends at `to` is the ramp of ln(to / from) / ln(rate) steps.
 *
 * @throws when `from` and `to` are not both positive or both negative, `steps` is not positive or `delay` is negative.
 */
export function exponentialSchedule(ramp: Ramp): Schedule {
  const checked = checkedRamp('exponentialSchedule', ramp);
  const { from, to } = checked;
  if (!(to / from > 0)) throw new Error(`exponentialSchedule: from and to must have the same sign and not be zero, got ${from} and ${to}`);
  const exponent = Math.log(to / from);
  return {
    at: (step) => from * Math.exp(exponent * fractionAt(checked, step)),
    tensor: (step) => tf.tidy(() => fractionTensor(checked, step).mul(exponent).exp().mul(from)),
  };
}
