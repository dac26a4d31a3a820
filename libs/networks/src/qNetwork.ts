import { tf, type Tree } from '@rivulet/engine';
import { asFloat } from './asFloat.js';
import { checkLastAxis } from './checkLastAxis.js';
import type { Module } from './module.js';
import type { ObservationAction } from './observationAction.js';

export interface DiscreteQOptions<In, P extends Tree> {
  /** Observations to [B, A]; for a dueling network to [B, 1 + A]: the value, then the advantages. */
  readonly body: Module<In, tf.Tensor, P>;
  /** How many actions there are, A. */
  readonly actions: number;
  /** Q = V + A - mean A. Default: false. */
  readonly dueling?: boolean;
}

export interface ContinuousQOptions<P extends Tree> {
  /** Observation and action side by side, [B, D + m], to [B, 1]; with members to [M, B, 1]. */
  readonly body: Module<tf.Tensor, tf.Tensor, P>;
  /** Size of an action, m. */
  readonly actionDim: number;
}

/**
 * Q(s, ·): observations [B, ...] to [B, A]; or, with `actionDim`, Q(s, a): `{ observation [B, D], action [B, m] }` to [B].
 * Any leading axes. The parameters are the body's. Separate streams of a dueling network: {@link parallel} as the last part of the body.
 *
 * Source: Mnih et al. (2015); dueling: Wang et al., "Dueling network architectures for deep reinforcement learning" (2016), eq. 9.
 * @throws when the body's output or the action has another size.
 */
export function qNetwork<In, P extends Tree>(options: DiscreteQOptions<In, P>): Module<In, tf.Tensor, P>;
export function qNetwork<P extends Tree>(options: ContinuousQOptions<P>): Module<ObservationAction, tf.Tensor, P>;
export function qNetwork<In, P extends Tree>(
  options: DiscreteQOptions<In, P> | ContinuousQOptions<P>,
): Module<In, tf.Tensor, P> | Module<ObservationAction, tf.Tensor, P> {
  return 'actionDim' in options ? continuous(options) : discrete(options);
}

function discrete<In, P extends Tree>({ body, actions, dueling = false }: DiscreteQOptions<In, P>): Module<In, tf.Tensor, P> {
  return {
    init: (rng) => body.init(rng),
    apply: (parameters, input) =>
      tf.tidy(() => {
        const output = body.apply(parameters, input);
        checkLastAxis(output, dueling ? actions + 1 : actions, "qNetwork, the body's output");
        if (!dueling) return output;
        const [value, advantages] = tf.split(output, [1, actions], output.rank - 1);
        return value.add(advantages.sub(advantages.mean(-1, true)));
      }),
  };
}

function continuous<P extends Tree>({ body, actionDim }: ContinuousQOptions<P>): Module<ObservationAction, tf.Tensor, P> {
  return {
    init: (rng) => body.init(rng),
    apply: (parameters, { observation, action }) =>
      tf.tidy(() => {
        checkLastAxis(action, actionDim, 'qNetwork, the action');
        const output = body.apply(parameters, tf.concat([asFloat(observation), asFloat(action)], observation.rank - 1));
        checkLastAxis(output, 1, "qNetwork, the body's output");
        return output.squeeze([output.rank - 1]);
      }),
  };
}
