import { sizeOf } from '@rivulet/engine';
import { mlp, type Module, type ObservationAction, qEnsemble, qNetwork } from '@rivulet/networks';
import type { NetworkOptions } from './actorCriticNetworks.js';
import type { Spaces } from './algorithm.js';
import { boxSize } from './boxSize.js';
import { spaceField } from './spaceFields.js';

/** What the networks of a continuous actor-critic have in common. */
export interface TwinCritics {
  /** Numbers in an observation. */
  readonly observationSize: number;
  /** Numbers in an action. */
  readonly actionSize: number;
  /** Two critics Q(s, a) with parameters of their own: [2, B]. */
  readonly critics: Module<ObservationAction>;
}

/**
 * Twin perceptron critics for a continuous action space, as SAC and TD3 have them.
 * @throws for any other action space, naming the algorithm.
 */
export function twinCritics(algorithm: string, { hidden, activation }: NetworkOptions, spaces: Spaces): TwinCritics {
  const observationSize = sizeOf(spaceField(spaces.observation).shape);
  const actionSize = boxSize(algorithm, spaces.action);
  const body = mlp({ in: observationSize + actionSize, hidden, out: 1, activation });
  return { observationSize, actionSize, critics: qEnsemble(qNetwork({ body, actionDim: actionSize }), 2) };
}
