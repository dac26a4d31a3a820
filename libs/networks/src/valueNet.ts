import { tf, type Tree } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import type { Module } from './module.js';

export interface ValueNetOptions<In, P extends Tree> {
  /** Observations to [B, 1]; with members to [M, B, 1]. */
  readonly body: Module<In, tf.Tensor, P>;
  /** 'sigmoid' for values that are probabilities. Default: linear. */
  readonly output?: 'linear' | 'sigmoid';
}

/**
 * V(s): observations [B, ...] to values [B], for any leading axes: [B, T, D] to [B, T]. The parameters are the body's.
 * @throws when the body's output has not size 1.
 */
export function valueNet<In, P extends Tree>(options: ValueNetOptions<In, P>): Module<In, tf.Tensor, P> {
  const { body, output = 'linear' } = options;
  return {
    init: (rng) => body.init(rng),
    apply: (parameters, input) =>
      tf.tidy(() => {
        const values = body.apply(parameters, input);
        checkLastAxis(values, 1, "valueNet, the body's output");
        const squeezed = values.squeeze([values.rank - 1]);
        return output === 'sigmoid' ? squeezed.sigmoid() : squeezed;
      }),
  };
}
