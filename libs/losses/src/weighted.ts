import { offTape, tf } from '@rivulet/engine';
import type { Metrics } from '@rivulet/engine';

/** Terms of an objective by name: [coefficient, scalar]. */
export type WeightedTerms = { readonly [name: string]: readonly [coefficient: number | tf.Scalar, term: tf.Scalar] };

/** An objective with what it is made of. */
export interface WeightedObjective {
  /** Σ coefficient·term, to be minimised. */
  readonly loss: tf.Scalar;
  /** Every term without its coefficient, under its name, and the total as `loss`; without gradient. */
  readonly metrics: Metrics;
}

/**
 * Adds the named terms of an objective: loss = Σ coefficient·term. Coefficients get no gradient.
 *
 * @throws when there is no term, when one is called `loss`, or when a term is not a scalar (reduce it by `aggregateLoss` first).
 */
export function weighted(terms: WeightedTerms): WeightedObjective {
  const entries = Object.entries(terms);
  if (entries.length === 0) throw new Error('weighted: there is no term');
  if ('loss' in terms) throw new Error("weighted: a term cannot be called 'loss', which names the total");
  for (const [name, [, term]] of entries) {
    if (term.rank !== 0) throw new Error(`weighted: the term '${name}' must be a scalar, got [${(term as tf.Tensor).shape.join(', ')}]: reduce it by aggregateLoss`);
  }
  return tf.tidy(() => {
    const products = entries.map(([, [coefficient, term]]) => term.mul(typeof coefficient === 'number' ? coefficient : offTape(() => coefficient.clone())));
    const loss = products.reduce((sum, product) => sum.add(product)) as tf.Scalar;
    const metrics = Object.fromEntries([...entries.map(([name, [, term]]): [string, tf.Tensor] => [name, term]), ['loss', loss] as const].map(([name, value]) => [name, offTape(() => value.clone()) as tf.Scalar]));
    return { loss, metrics };
  });
}
