import { sizeOf } from '@rivulet/engine';
import type { Spaces } from './algorithm.js';
import { categoricalPolicy, gaussianPolicy, mlp, multiDiscretePolicy, type Policy, valueNet } from '@rivulet/networks';
import type { ActorCriticNetworks } from './actorCritic.js';
import { spaceField } from './spaceFields.js';

/** Shape of the networks of an on-policy algorithm. */
export interface NetworkOptions {
  readonly hidden: readonly number[];
  readonly activation: 'tanh' | 'relu' | 'elu' | 'silu' | 'gelu';
}

/**
 * A policy that fits the action space (softmax, or a Gaussian with free standard deviations) and a value network, both
 * perceptrons with orthogonal initialisation: gain 0.01 for the policy's last layer, 1 for the value's (Andrychowicz et al. 2021).
 */
export function actorCriticNetworks(spaces: Spaces, options: NetworkOptions): ActorCriticNetworks {
  const inputs = sizeOf(spaceField(spaces.observation).shape);
  const body = (out: number, outputGain: number) => mlp({ in: inputs, hidden: options.hidden, out, activation: options.activation, outputGain });
  return { policy: policyFor(spaces, body), value: valueNet({ body: body(1, 1) }) };
}

function policyFor({ action }: Spaces, body: (out: number, gain: number) => ReturnType<typeof mlp>): Policy {
  switch (action.kind) {
    case 'discrete':
      return categoricalPolicy({ body: body(action.n, 0.01) });
    case 'multiDiscrete':
      return multiDiscretePolicy({ body: body(action.nvec.reduce((sum, n) => sum + n, 0), 0.01), nvec: action.nvec });
    case 'box':
      return gaussianPolicy({ body: body(sizeOf(action.shape), 0.01), dim: sizeOf(action.shape), squash: 'none', std: 'free' });
    default:
      throw new Error(`no policy for a ${action.kind} action space: use box, discrete or multiDiscrete`);
  }
}
