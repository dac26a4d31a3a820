import { tf } from '@rivulet/engine';
import { constantOf } from './constantOf.js';

export interface ReduceEnsembleOptions {
  /** For 'subset': [M], 1 for the members that count (see {@link subsetMask}). */
  readonly mask?: tf.Tensor;
  /** For 'quantile': in [0, 1]; 0 is the minimum, 0.5 the median. */
  readonly level?: number;
}

/**
 * Values of M members [M, ...] to one [...]: 'min' (clipped double Q), 'mean', 'subset' (the minimum over the members of a
 * random subset), 'quantile' (linear between order statistics, as in NumPy). All are differentiable.
 *
 * Source: Fujimoto et al., "Addressing function approximation error" (2018), eq. 10 for 'min'; Chen et al., "Randomized ensembled double
 * Q-learning" (2021), algorithm 1 for 'subset'.
 * @throws when the option of a reduction is missing or out of range.
 */
export function reduceEnsemble(values: tf.Tensor, how: 'min' | 'mean' | 'subset' | 'quantile', options: ReduceEnsembleOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    if (how === 'min') return values.min(0);
    if (how === 'mean') return values.mean(0);
    return how === 'subset' ? minOfSubset(values, options.mask) : quantile(values, options.level);
  });
}

// Far above any value, so that a member that does not count is never the minimum.
const EXCLUDED = 1e9;

function minOfSubset(values: tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
  if (mask === undefined) throw new Error("reduceEnsemble: 'subset' needs options.mask [M]; draw it by subsetMask");
  const included = tf.cast(mask, 'bool').reshape([values.shape[0], ...values.shape.slice(1).map(() => 1)]);
  return tf.where(tf.logicalAnd(included, tf.ones(values.shape, 'bool')), values, tf.fill(values.shape, EXCLUDED)).min(0);
}

/** How many members stand below each one, 0 for the smallest; ties by index. */
function ranks(values: tf.Tensor): tf.Tensor {
  const members = tf.unstack(values);
  const below = (own: tf.Tensor, i: number): tf.Tensor[] => members.map((other, j) => tf.cast(j < i ? other.lessEqual(own) : other.less(own), 'float32'));
  return tf.stack(members.map((own, i) => tf.addN(below(own, i))));
}

function quantile(values: tf.Tensor, level: number | undefined): tf.Tensor {
  if (level === undefined || !(level >= 0 && level <= 1)) throw new Error(`reduceEnsemble: 'quantile' needs options.level in [0, 1], got ${level}`);
  const position = level * (values.shape[0] - 1);
  // The weight of a member falls linearly from 1 at the wanted rank to 0 one rank away: a hat.
  const weights = constantOf((x) => ranks(x).sub(position).abs().neg().add(1).relu(), values);
  return values.mul(weights).sum(0);
}
