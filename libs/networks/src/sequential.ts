import { tf, type Tree } from '@rivulet/engine';
import type { Module } from './module.js';

/** Modules one after another; the parameters are the list of theirs. */
export function sequential<P extends Tree>(...modules: readonly Module<tf.Tensor, tf.Tensor, P>[]): Module<tf.Tensor, tf.Tensor, readonly P[]> {
  return {
    init: (rng) => modules.map((module) => module.init(rng)),
    apply: (parameters, input) => tf.tidy(() => modules.reduce((x, module, i) => module.apply(parameters[i], x), input)),
  };
}
