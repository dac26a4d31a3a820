import { tf } from '@rivulet/engine';

/** The switches of {@link gradientPenalty}. */
export interface GradientPenaltyOptions {
  /** k, the norm aimed at, 1 unless given. */
  readonly target?: number;
  /** 2 (unless given) penalises norms on both sides of the target, 1 only above it. */
  readonly sided?: 1 | 2;
}

/**
 * How far a network is from having input gradients of norm k, per row: L = (‖∇ₓ f(x)‖₂ − k)², or max(0, ‖∇ₓ f(x)‖₂ − k)².
 * Differentiable in the parameters of `f` (second order).
 *
 * Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", eq. 3, where x lies between real and generated points.
 *
 * @param f from `[B, D]` to one number a row, `[B]` or `[B, 1]`; rows must not influence each other
 * @param x `[B, D]`; taken as a constant
 * @returns `[B]`
 */
export function gradientPenalty(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, { target = 1, sided = 2 }: GradientPenaltyOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const gradient = tf.grad((input: tf.Tensor) => f(input).sum())(x);
    // The root has no slope at zero.
    const norm = gradient.square().sum(-1).add(1e-12).sqrt();
    const excess = norm.sub(target);
    return (sided === 1 ? excess.relu() : excess).square();
  });
}
