import type { Schedule } from './schedule.js';
import { checkedRamp, fractionAt, fractionTensor, type Ramp } from './ramp.js';
import { tf } from './tf.js';

/**
 * A straight line: from·(1 - f) + to·f with f = clip((step - delay) / steps, 0, 1).
 * @throws when `steps` is not positive, `delay` is negative or a value is not finite.
 */
export function linearSchedule(ramp: Ramp): Schedule {
  const checked = checkedRamp('linearSchedule', ramp);
  const { from, to } = checked;
  return {
    at(step) {
      const fraction = fractionAt(checked, step);
      return from * (1 - fraction) + to * fraction;
    },
    tensor: (step) =>
      tf.tidy(() => {
        const fraction = fractionTensor(checked, step);
        return tf.sub(1, fraction).mul(from).add(fraction.mul(to));
      }),
  };
}
