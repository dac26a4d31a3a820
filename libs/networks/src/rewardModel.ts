import { tf, type Tree } from '@rivulet/engine';
import { asFloat } from './asFloat.js';
import { checkLastAxis } from './checkLastAxis.js';
import type { Module } from './module.js';

export interface RewardModelOptions<In, P extends Tree, H extends Tree> {
  /** Sequences to hidden states [B, T, D], for instance the trunk of a {@link causalTransformer}. */
  readonly trunk: Module<In, tf.Tensor, P>;
  /** Hidden states to scores [B, T, 1], for instance `linear({ in: D, out: 1 })`. */
  readonly head: Module<tf.Tensor, tf.Tensor, H>;
  /** 'outcome': one score [B] a sequence, read at its last real token. 'step': a score [B, T] at every token, 0 at padding, of which a process reward takes those where a step ends. */
  readonly granularity: 'outcome' | 'step';
  /** 'sigmoid' for scores that are probabilities. Default: linear. */
  readonly output?: 'linear' | 'sigmoid';
}

/** Parameters of the trunk and of the head. */
export type RewardModelParameters<P extends Tree, H extends Tree> = { readonly trunk: P; readonly head: H };

/** [B, T], 1 at the last token of each row that the mask names; a row without any has none. */
function lastReal(mask: tf.Tensor): tf.Tensor {
  return mask.mul(tf.cast(mask.cumsum(1, true, true).equal(0), 'float32'));
}

/**
 * Learned feedback on sequences: the outcome of the whole, or of each step (process reward).
 *
 * Source: Ouyang et al., "Training language models to follow instructions with human feedback" (2022), section 3.5; Lightman et al., "Let's verify step by step" (2023), section 2.6.
 *
 * @throws when the head's output has not size 1.
 */
export function rewardModel<In extends { readonly mask?: tf.Tensor }, P extends Tree, H extends Tree>(options: RewardModelOptions<In, P, H>): Module<In, tf.Tensor, RewardModelParameters<P, H>> {
  const { trunk, head, granularity, output = 'linear' } = options;
  return {
    init: (rng) => ({ trunk: trunk.init(rng), head: head.init(rng) }),
    apply: (parameters, input) =>
      tf.tidy(() => {
        const raw = head.apply(parameters.head, trunk.apply(parameters.trunk, input));
        checkLastAxis(raw, 1, "rewardModel, the head's output");
        const scores = output === 'sigmoid' ? raw.squeeze([2]).sigmoid() : raw.squeeze([2]);
        const mask = input.mask === undefined ? tf.ones(scores.shape) : asFloat(input.mask);
        return granularity === 'outcome' ? scores.mul(lastReal(mask)).sum(1) : scores.mul(mask);
      }),
  };
}
