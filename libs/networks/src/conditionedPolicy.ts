import { tf, type Tree } from '@rivulet/engine';
import { asFloat } from './asFloat.js';
import { checkLastAxis } from './checkLastAxis.js';
import type { Module } from './module.js';
import { tidied } from './tidied.js';

/**
 * An observation [B, ..., D] and what else the action depends on: context [B, ..., C], or with fewer leading axes, for instance
 * [B, C] for whole episodes [B, T, D].
 */
export type ConditionedInput = { readonly observation: tf.Tensor; readonly context: tf.Tensor };

export interface ConditionedPolicyOptions {
  /** What the context is; named in errors. */
  readonly context: 'goal' | 'latent' | 'skill' | 'return' | 'draft' | 'mode';
  /** Size of the context, C. */
  readonly dim: number;
}

/** The context repeated over the axes of the observation that it lacks. */
function spread(context: tf.Tensor, observation: tf.Tensor, dim: number): tf.Tensor {
  const leading = observation.shape.slice(0, -1);
  const own = context.shape.slice(0, -1);
  const shape = [...own, ...leading.slice(own.length).map(() => 1), dim];
  return own.length === leading.length ? context : context.reshape(shape).add(tf.zeros([...leading, dim]));
}

/**
 * Gives a policy, or any module of one tensor, a context: base([observation, context]) side by side along the last axis, so that the base reads
 * D + C features. The parameters are the base's.
 * @throws when the context has another size.
 */
export function conditionedPolicy<Out, P extends Tree>(base: Module<tf.Tensor, Out, P>, options: ConditionedPolicyOptions): Module<ConditionedInput, Out, P> {
  return {
    init: (rng) => base.init(rng),
    apply: (parameters, { observation, context }) =>
      tidied(() => {
        checkLastAxis(context, options.dim, `conditionedPolicy, the ${options.context}`);
        return base.apply(parameters, tf.concat([asFloat(observation), spread(asFloat(context), observation, options.dim)], observation.rank - 1));
      }),
  };
}
