import type { tf, Tree } from '@rivulet/engine';
import { ensemble } from './ensemble.js';
import type { Module } from './module.js';

/**
 * M critics with parameters of their own on one input: [M, B], or [M, B, A] for discrete actions. Twin critics are M = 2. The
 * parameters are those of one critic with a leading member axis. Reduce the values by {@link reduceEnsemble}.
 * @throws when the number of members is not a positive integer.
 */
export function qEnsemble<In, P extends Tree>(critic: Module<In, tf.Tensor, P>, members = 2): Module<In, tf.Tensor, P> {
  return ensemble(critic, members);
}
