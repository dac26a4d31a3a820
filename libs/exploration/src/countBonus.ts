import { tf } from '@rivulet/engine';

/** The width of {@link countBonus}, for values that range over an interval of length `range` (1 unless given). */
export type CountBonusForm =
  /** 1/√n */
  | { readonly form: 'sqrt' }
  /** range·√(ln(2/δ)/(2n)): holds with probability 1 − δ (Hoeffding 1963). */
  | { readonly form: 'hoeffding'; readonly delta: number; readonly range?: number }
  /** √(2·variance·ln(2/δ)/n) + 7·range·ln(2/δ)/(3·(n − 1)): narrower where the sample variance is small (Maurer & Pontil 2009, theorem 4). */
  | { readonly form: 'bernstein'; readonly delta: number; readonly variance: tf.Tensor; readonly range?: number };

/**
 * A bonus (or, with sign −1, a penalty) that shrinks with the number of visits: sign·scale·width(n). Visits below 1 count as 1
 * (below 2 as 2 in 'bernstein').
 *
 * @param count n, any shape, for instance `[S, A]`
 * @returns shaped like `count`
 */
export function countBonus(count: tf.Tensor, options: CountBonusForm & { readonly scale: number; readonly sign?: 1 | -1 }): tf.Tensor {
  return tf.tidy(() => width(count.toFloat(), options).mul(options.scale * (options.sign ?? 1)));
}

function width(count: tf.Tensor, options: CountBonusForm): tf.Tensor {
  const n = tf.maximum(count, 1);
  if (options.form === 'sqrt') return n.rsqrt();
  const log = Math.log(2 / options.delta);
  const range = options.range ?? 1;
  if (options.form === 'hoeffding') return n.rsqrt().mul(range * Math.sqrt(log / 2));
  const atLeastTwo = tf.maximum(count, 2);
  const spread = options.variance.mul(2 * log).div(atLeastTwo).sqrt();
  return spread.add(tf.div((7 * range * log) / 3, atLeastTwo.sub(1)));
}
