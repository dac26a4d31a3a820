import { offTape, tf } from '@rivulet/engine';

/**
 * The deterministic policy gradient, per element: L = −Q(s, μ(s)), divided with `normalize` by the batch's mean |Q| (without
 * gradient). Gradient reaches the actor through `q`; differentiate it with respect to the actor's parameters alone.
 *
 * Silver et al. 2014, eq. 9; Fujimoto & Gu 2021, "A Minimalist Approach to Offline RL", eq. 5 (normalize).
 *
 * @param q Q(s, μ(s)), `[B]`
 * @returns `[B]`
 */
export function dpgLoss(q: tf.Tensor, { normalize = false }: { readonly normalize?: boolean } = {}): tf.Tensor {
  return tf.tidy(() => {
    const loss = q.neg();
    return normalize ? loss.div(offTape(() => tf.maximum(q.abs().mean(), 1e-8))) : loss;
  });
}
