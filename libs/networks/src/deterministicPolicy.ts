import { tf, type Tree } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import { deterministic, type Deterministic } from './deterministic.js';
import type { Module } from './module.js';
import { tidied } from './tidied.js';

export interface DeterministicPolicyOptions<In, P extends Tree> {
  /** Observations to [B, dim], before the tanh. */
  readonly body: Module<In, tf.Tensor, P>;
  /** Size of an action. */
  readonly dim: number;
  /** The box of actions, one bound a dimension. Default: -1 and 1. */
  readonly box?: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number> };
}

/**
 * a = tanh(body(s)), or inside a box a = ½(low + high) + ½(high - low)·tanh(body(s)): observations [B, ...] to a point mass
 * ({@link deterministic}) on actions [B, dim], for any leading axes. Take the action by `.value`. The parameters are the body's.
 *
 * Source: Lillicrap et al., "Continuous control with deep reinforcement learning" (2015), section 7.
 * @throws when the box has not `dim` bounds, a bound is infinite, or the body's output has another size.
 */
export function deterministicPolicy<In, P extends Tree>(options: DeterministicPolicyOptions<In, P>): Module<In, Deterministic, P> {
  const { body, dim, box } = options;
  const bounds = box === undefined ? undefined : centreAndRadius(box.low, box.high, dim);
  return {
    init: (rng) => body.init(rng),
    apply: (parameters, input) =>
      tidied(() => {
        const output = body.apply(parameters, input);
        checkLastAxis(output, dim, "deterministicPolicy, the body's output");
        const action = output.tanh();
        return deterministic(bounds === undefined ? action : action.mul(tf.tensor1d(bounds.radius)).add(tf.tensor1d(bounds.centre)));
      }),
  };
}

function centreAndRadius(low: ArrayLike<number>, high: ArrayLike<number>, dim: number): { centre: number[]; radius: number[] } {
  const lows = Array.from(low);
  const highs = Array.from(high);
  if (lows.length !== dim || highs.length !== dim || ![...lows, ...highs].every(Number.isFinite)) {
    throw new Error(`deterministicPolicy: the box needs ${dim} finite bounds, got low [${lows.join(', ')}] and high [${highs.join(', ')}]`);
  }
  return { centre: lows.map((l, i) => 0.5 * (l + highs[i])), radius: lows.map((l, i) => 0.5 * (highs[i] - l)) };
}
