import { tf } from '@rivulet/engine';

/** The constants of an Ornstein-Uhlenbeck process. */
export interface OrnsteinUhlenbeckOptions {
  /** σ */
  readonly std: number;
  /** θ, how strongly it returns to the mean, 0.15 unless given. */
  readonly theta?: number;
  /** μ, 0 unless given. */
  readonly mean?: number;
  /** Δt of a step, 0.01 unless given. */
  readonly dt?: number;
}

/**
 * One step of noise that is correlated in time: x' = x + θ·(μ − x)·Δt + σ·√Δt·noise.
 *
 * It forgets in about 1/(θ·Δt) steps, and its standard deviation tends to σ/√(2θ − θ²·Δt).
 *
 * Uhlenbeck & Ornstein 1930, as used by Lillicrap et al. 2016; the defaults are those of public implementations.
 *
 * @param state x, any shape; start from the mean
 * @param noise standard normal, shaped alike
 * @returns x'
 */
export function ornsteinUhlenbeck(state: tf.Tensor, noise: tf.Tensor, { std, theta = 0.15, mean = 0, dt = 0.01 }: OrnsteinUhlenbeckOptions): tf.Tensor {
  return tf.tidy(() => state.add(tf.sub(mean, state).mul(theta * dt)).add(noise.mul(std * Math.sqrt(dt))));
}
