import { tf } from '@rivulet/engine';

/** The switches of {@link actionNoise}. */
export interface ActionNoiseOptions {
  /** Multiplies the noise: its standard deviation when it is standard normal. */
  readonly std: number | tf.Tensor;
  /** Bounds the scaled noise to ±clip; none unless given. */
  readonly clip?: number;
  /** Bounds the result from below: a number or one for each action dimension; none unless given. */
  readonly low?: number | tf.Tensor;
  /** Bounds the result from above; none unless given. */
  readonly high?: number | tf.Tensor;
}

/**
 * Noisy actions: clip(a + clip(std·noise, ±c), low, high). Exploration of deterministic policies, and the smoothing of TD3's targets.
 * For noise that is correlated in time give the states of `ornsteinUhlenbeck`, with `std` 1.
 *
 * Fujimoto et al. 2018, "Addressing Function Approximation Error in Actor-Critic Methods", eq. 14.
 *
 * @param action `[B, m]`
 * @param noise shaped alike, standard normal in the usual case
 * @returns `[B, m]`
 */
export function actionNoise(action: tf.Tensor, noise: tf.Tensor, { std, clip, low, high }: ActionNoiseOptions): tf.Tensor {
  return tf.tidy(() => {
    const scaled = noise.mul(std);
    const noisy = action.add(clip === undefined ? scaled : scaled.clipByValue(-clip, clip));
    const raised = low === undefined ? noisy : tf.maximum(noisy, low);
    return high === undefined ? raised : tf.minimum(raised, high);
  });
}
