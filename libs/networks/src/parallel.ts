import { tf, type Tree } from '@rivulet/engine';
import type { Module } from './module.js';

/**
 * Modules side by side on one input, their outputs joined along the last axis: In to [..., Σ out]. The parameters are the
 * list of theirs. For instance the two streams of a dueling network, or a mean and a log-std head with different starts.
 */
export function parallel<In>(...modules: readonly Module<In, tf.Tensor>[]): Module<In, tf.Tensor, readonly Tree[]> {
  return {
    init: (rng) => modules.map((module) => module.init(rng)),
    apply: (parameters, input) =>
      tf.tidy(() => {
        const outputs = modules.map((module, i) => module.apply(parameters[i], input));
        return tf.concat(outputs, outputs[0].rank - 1);
      }),
  };
}
