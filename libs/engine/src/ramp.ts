import type { tf } from './tf.js';

/** From one value to another over a number of steps. */
export interface Ramp {
  /** The value at step `delay` and before. */
  readonly from: number;
  /** The value at step `delay + steps` and after. */
  readonly to: number;
  /** Length in steps, positive. */
  readonly steps: number;
  /** Steps to wait before the ramp begins; 0 by default. */
  readonly delay?: number;
}

/** Refuses a ramp whose numbers make no sense; returns it with its delay. */
export function checkedRamp(name: string, { from, to, steps, delay = 0 }: Ramp): Required<Ramp> {
  if (!Number.isFinite(from) || !Number.isFinite(to)) throw new Error(`${name}: from and to must be finite, got ${from} and ${to}`);
  if (!(steps > 0) || !Number.isFinite(steps)) throw new Error(`${name}: steps must be positive, got ${steps}`);
  if (!(delay >= 0) || !Number.isFinite(delay)) throw new Error(`${name}: delay must not be negative, got ${delay}`);
  return { from, to, steps, delay };
}

/** How much of a ramp has passed: clip((step - delay) / steps, 0, 1). */
export function fractionAt({ steps, delay }: Required<Ramp>, step: number): number {
  return Math.min(Math.max((step - delay) / steps, 0), 1);
}

/** {@link fractionAt} on a scalar tensor of any type. */
export function fractionTensor({ steps, delay }: Required<Ramp>, step: tf.Scalar): tf.Scalar {
  return step.toFloat().sub(delay).div(steps).clipByValue(0, 1) as tf.Scalar;
}
