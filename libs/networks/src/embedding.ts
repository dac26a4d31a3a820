import { sizeOf, tf } from '@rivulet/engine';
import type { Initializer } from './initializer.js';
import type { Module } from './module.js';
import { oneHotOf } from './oneHotOf.js';
import { parameter } from './parameter.js';
import { truncatedNormal } from './truncatedNormal.js';

/** table [count, dim]. */
export type EmbeddingParameters = { readonly table: tf.Tensor };

export interface EmbeddingOptions {
  readonly count: number;
  readonly dim: number;
  /** Default: `truncatedNormal(0.02)`. */
  readonly init?: Initializer;
}

/**
 * A row of a table for each index: integers [...] in 0 .. count-1 to [..., dim]; an index outside gives zeros.
 * With `zeros()` and dim = number of actions it is a tabular policy or value function over states.
 * It multiplies by a one-hot matrix, because wasm cannot differentiate a gather.
 */
export function embedding(options: EmbeddingOptions): Module<tf.Tensor, tf.Tensor, EmbeddingParameters> {
  const { count, dim, init = truncatedNormal(0.02) } = options;
  return {
    init: (rng) => ({ table: parameter(rng, init, [count, dim]) }),
    apply: (parameters, input) =>
      tf.tidy(() => {
        const rows = oneHotOf(input.reshape([sizeOf(input.shape)]), count) as tf.Tensor2D;
        return rows.matMul(parameters.table as tf.Tensor2D).reshape([...input.shape, dim]);
      }),
  };
}
