import type { Tree } from '@rivulet/engine';
import type { Rows } from '@rivulet/envs';
import type { GreedyPolicy, Spaces, TensorPolicy } from './algorithm.js';
import { rowFunction } from './rowFunction.js';
import { rowsArray } from './spaceFields.js';

/** A policy over rows from one over tensors: observations [N, D] to actions [N, ...]. */
export function greedyPolicy<W extends Tree>(spaces: Spaces, policy: TensorPolicy<W>, options: { readonly compile: boolean }): GreedyPolicy<W> {
  const choose = rowFunction<W>((weights, observation) => ({ action: policy(weights, observation) }), options);
  return async (weights, observation) => (await choose(weights, rowsArray(observation, spaces.observation))).action.data as Rows;
}
