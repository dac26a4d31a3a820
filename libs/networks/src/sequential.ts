import { tf, type Tree } from '@rivulet/engine';
import type { Module } from './module.js';

/** Modules one after another; the parameters are the list of theirs. */
export function sequential(...modules: readonly Module[]): Module<tf.Tensor, tf.Tensor, readonly Tree[]> {
  return {
    init: (rng) => modules.map((module) => module.init(rng)),
    apply: (parameters, input) => tf.tidy(() => modules.reduce((x, module, i) => module.apply(parameters[i], x), input)),
  };
}
