import { type Rng, tf } from '@rivulet/engine';
import type { ActorCriticBatch, ReplayBatch } from '../src/index.js';

const actions = (rng: Rng, rows: number, discrete: boolean): tf.Tensor =>
  discrete ? tf.tensor1d(Int32Array.from({ length: rows }, () => rng.nextInt(2)), 'int32') : rng.uniform([rows, 2], -0.9, 0.9);

/** Transitions of an environment with observations of 3 numbers, with two discrete or two-dimensional actions. */
export function replayBatch(rng: Rng, options: { readonly discrete: boolean; readonly rows?: number }): ReplayBatch {
  const { discrete, rows = 5 } = options;
  const terminated = Array.from({ length: rows }, (_, i) => (i === 1 ? 1 : 0));
  return {
    observation: rng.normal([rows, 3]),
    nextObservation: rng.normal([rows, 3]),
    action: actions(rng, rows, discrete),
    reward: rng.normal([rows]),
    terminated: tf.tensor1d(terminated, 'int32'),
    discount: tf.tensor1d(terminated.map((end) => 0.9 * (1 - end))),
    weight: rng.uniform([rows], 0.5, 1),
  };
}

/** A minibatch as the on-policy learner makes it, for the same spaces. */
export function actorCriticBatch(rng: Rng, options: { readonly discrete: boolean; readonly rows?: number }): ActorCriticBatch {
  const { discrete, rows = 5 } = options;
  return {
    observation: rng.normal([rows, 3]),
    action: actions(rng, rows, discrete),
    logProb: rng.uniform([rows], -2, -0.2),
    advantage: rng.normal([rows]),
    returns: rng.normal([rows]),
    value: rng.normal([rows]),
  };
}
