import { ndarray, Rng, tf } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';

/**
 * ε-greedy actions, row by row: with probability ε one of the allowed actions, all equally likely, otherwise the best of them.
 *
 * Each row spends two uniforms in [0, 1): the first explores when below ε, the second picks the k-th allowed action,
 * k = ⌊u·(number allowed)⌋. So a stream gives the same actions on the host and on tensors.
 *
 * @param q action values `[B, A]`
 * @param epsilon ε in [0, 1]; on tensors also one for each row, `[B]`
 * @param noise a random stream, or on tensors uniforms `[B, 2]` drawn outside (so that the function can be compiled)
 * @param options mask `[B, A]`, 1 for allowed actions; every row must allow one
 * @returns int32 `[B]`
 * @throws when the shapes do not fit; on the host also when a row allows no action.
 */
export function epsilonGreedy(q: NdArray, epsilon: number, noise: Rng, options?: { readonly mask?: NdArray }): NdArray<'int32'>;
export function epsilonGreedy(q: tf.Tensor, epsilon: number | tf.Tensor, noise: Rng | tf.Tensor, options?: { readonly mask?: tf.Tensor }): tf.Tensor;
export function epsilonGreedy(
  q: NdArray | tf.Tensor,
  epsilon: number | tf.Tensor,
  noise: Rng | tf.Tensor,
  { mask }: { readonly mask?: NdArray | tf.Tensor } = {},
): NdArray<'int32'> | tf.Tensor {
  if (q.shape.length !== 2) throw new Error(`epsilonGreedy: q must be [B, A], got [${q.shape.join(', ')}]`);
  if (mask !== undefined && mask.shape.join() !== q.shape.join()) throw new Error(`epsilonGreedy: mask must have the shape of q, [${q.shape.join(', ')}], got [${mask.shape.join(', ')}]`);
  if (q instanceof tf.Tensor) return onTensors(q, epsilon, noise, mask as tf.Tensor | undefined);
  return onHost(q, epsilon as number, noise as Rng, mask as NdArray | undefined);
}

function onTensors(q: tf.Tensor, epsilon: number | tf.Tensor, noise: Rng | tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
  return tf.tidy(() => {
    const [rows] = (q as tf.Tensor2D).shape;
    const uniforms = noise instanceof Rng ? noise.uniform([rows, 2]) : noise;
    if (uniforms.shape.join() !== [rows, 2].join()) throw new Error(`epsilonGreedy: noise must be [${rows}, 2], got [${uniforms.shape.join(', ')}]`);
    const allowed = (mask ?? tf.onesLike(q)).toFloat();
    const greedy = tf.where(allowed.toBool(), q, tf.fill(q.shape, -Infinity)).argMax(1);
    const count = allowed.sum(1, true);
    // float32 rounding can bring u·count up to count, one past the last.
    const wanted = tf.minimum(uniforms.slice([0, 1], [rows, 1]).mul(count).floor(), count.sub(1));
    const rank = allowed.cumsum(1).sub(1);
    const random = rank.equal(wanted).logicalAnd(allowed.toBool()).toFloat().argMax(1);
    const explores = uniforms.slice([0, 0], [rows, 1]).reshape([rows]).less(epsilon);
    return tf.where(explores, random, greedy).toInt();
  });
}

function onHost(q: NdArray, epsilon: number, rng: Rng, mask: NdArray | undefined): NdArray<'int32'> {
  const [rows, actions] = q.shape;
  const chosen = ndarray('int32', [rows]);
  for (let row = 0; row < rows; row++) {
    const explores = Math.fround(rng.nextUniform()) < Math.fround(epsilon);
    const u = rng.nextUniform();
    const first = row * actions;
    let [count, best] = [0, -1];
    for (let a = 0; a < actions; a++) {
      if (mask !== undefined && !mask.data[first + a]) continue;
      count++;
      if (best < 0 || q.data[first + a] > q.data[first + best]) best = a;
    }
    if (best < 0) throw new Error(`epsilonGreedy: row ${row} allows no action`);
    chosen.data[row] = explores ? nthAllowed(mask, first, Math.min(Math.floor(Math.fround(u) * count), count - 1)) : best;
  }
  return chosen;
}

function nthAllowed(mask: NdArray | undefined, first: number, n: number): number {
  if (mask === undefined) return n;
  for (let a = 0, seen = 0; ; a++) if (mask.data[first + a] && seen++ === n) return a;
}
