import { type Rng, tf } from '@rivulet/engine';
import type { Initializer } from './initializer.js';
import { projection, type ProjectionParameters } from './projection.js';
import type { Angles, Rotary } from './rotary.js';
import type { TransformerForm } from './transformerForm.js';

/** Maps of x to queries, keys and values, and of the heads back to the residual stream. */
export type AttentionParameters = {
  readonly query: ProjectionParameters;
  readonly key: ProjectionParameters;
  readonly value: ProjectionParameters;
  readonly output: ProjectionParameters;
};

/** query [B, H, T, headDim], key and value [B, kvHeads, T, headDim]. */
export interface AttentionHeads {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/** Keys and values [B, kvHeads, S, headDim] to look at, and a bias [1 or B, 1, 1 or T, S]: 0 where a query may look, far below any score where not. */
export interface Stretch {
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
  readonly bias: tf.Tensor;
}

export interface SelfAttention {
  init(rng: Rng): AttentionParameters;
  /** x [B, T, D] to heads, turned by the angles where there are any. */
  heads(parameters: AttentionParameters, x: tf.Tensor, angles?: Angles): AttentionHeads;
  /** What the queries [B, H, T, headDim] find in all stretches together, mapped to [B, T, D]. */
  mix(parameters: AttentionParameters, query: tf.Tensor, ...stretches: readonly Stretch[]): tf.Tensor;
}

/**
 * Grouped-query attention: softmax(Q Kᵀ / √headDim + bias) V, where H / kvHeads heads of queries share one of keys and values. Keys may lie in several stretches, a cache and the new ones, so
 * that none has to be copied.
 *
 * Source: Vaswani et al., "Attention is all you need" (2017), eq. 1; Ainslie et al., "GQA" (2023).
 */
export function selfAttention(form: TransformerForm, rotation: Rotary | undefined, outputInit: Initializer): SelfAttention {
  const { dim, heads, kvHeads, headDim, bias } = form;
  const query = projection({ in: dim, out: heads * headDim, bias: bias.qkv });
  const shared = projection({ in: dim, out: kvHeads * headDim, bias: bias.qkv });
  const output = projection({ in: heads * headDim, out: dim, bias: bias.output, kernelInit: outputInit });

  const divide = (x: tf.Tensor, count: number, angles: Angles | undefined): tf.Tensor => {
    const divided = x.reshape([x.shape[0], x.shape[1] as number, count, headDim]);
    return (rotation === undefined || angles === undefined ? divided : rotation.turn(divided, angles)).transpose([0, 2, 1, 3]);
  };
  return {
    init: (rng) => ({ query: query.init(rng), key: shared.init(rng), value: shared.init(rng), output: output.init(rng) }),
    heads: (parameters, x, angles) => ({
      query: divide(query.apply(parameters.query, x), heads, angles),
      key: divide(shared.apply(parameters.key, x), kvHeads, angles),
      value: divide(shared.apply(parameters.value, x), kvHeads, undefined),
    }),
    mix: (parameters, queries, ...stretches) => {
      const [batch, , length] = queries.shape as [number, number, number, number];
      // The queries that share a key stand one below the other, so that no key is repeated.
      const grouped = [batch, kvHeads, (heads / kvHeads) * length];
      const rows = queries.mul(1 / Math.sqrt(headDim)).reshape([...grouped, headDim]);
      const sizes = stretches.map(({ key }) => key.shape[2] as number);
      const scores = stretches.map(({ key, bias: hidden }, i) => tf.matMul(rows, key, false, true).reshape([batch, heads, length, sizes[i]]).add(hidden));
      const weights = tf.softmax(scores.length === 1 ? scores[0] : tf.concat(scores, 3));
      const parts = scores.length === 1 ? [weights] : tf.split(weights, sizes, 3);
      const found = stretches.map(({ value }, i): tf.Tensor => tf.matMul(parts[i].reshape([...grouped, sizes[i]]), value));
      const mixed = found.reduce((sum, part) => sum.add(part));
      return output.apply(parameters.output, mixed.reshape([batch, heads, length, headDim]).transpose([0, 2, 1, 3]).reshape([batch, length, heads * headDim]));
    },
  };
}
