import { tf, type Tree } from '@rivulet/engine';
import { box } from '@rivulet/envs';
import type { ActionAdapter } from './actionAdapter.js';
import type { Spaces, TensorPolicy } from './algorithm.js';

/**
 * A policy for the environment as it comes, from one for the environment that {@link adaptEnv} makes of it: observations [N, ...] of its observation space (discrete ones are
 * made one-hot), actions [N, ...] of its action space (continuous ones in its own units).
 * @param spaces of the environment as it comes.
 */
export function adaptPolicy<W extends Tree>({ observation, action }: Spaces, continuous: ActionAdapter, policy: (spaces: Spaces) => TensorPolicy<W>): TensorPolicy<W> {
  const inner = policy({
    observation: observation.kind === 'discrete' ? box({ low: 0, high: 1, shape: [observation.n] }) : observation,
    action: action.kind === 'box' ? continuous.space(action) : action,
  });
  return (weights, given) =>
    tf.tidy(() => {
      const n = given.shape[0];
      const rows = observation.kind === 'discrete' ? tf.oneHot(given.sub(tf.scalar(observation.start, 'int32')).toInt() as tf.Tensor1D, observation.n) : given.reshape([n, -1]);
      const chosen = inner(weights, rows.toFloat());
      return action.kind === 'box' ? continuous.apply(chosen, action).reshape([n, ...action.shape]) : chosen;
    });
}
