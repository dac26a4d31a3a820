import { tf, type Tree } from '@rivulet/engine';
import type { Rows } from '@rivulet/envs';
import type { GreedyPolicy, Spaces } from './algorithm.js';
import { observationTensor, spaceField } from './spaceFields.js';

/** A policy over rows from one over tensors: observations [N, D] to actions [N, ...]. */
export function greedyPolicy<W extends Tree>(spaces: Spaces, choose: (weights: W, observation: tf.Tensor) => tf.Tensor): GreedyPolicy<W> {
  const { dtype } = spaceField(spaces.action);
  return async (weights, observation) => {
    const action = tf.tidy(() => choose(weights, observationTensor(observation, spaces.observation)));
    const data = await action.data();
    action.dispose();
    return (dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data)) as Rows;
  };
}
