import { tf } from '@rivulet/engine';
import type { Distribution } from './distribution.js';
import { sameFamily } from './sameFamily.js';
import { tidied } from './tidied.js';

/** m independent normals. Events are [B, m]; noise is standard normal [B, m]. */
export interface Gaussian extends Distribution {
  readonly kind: 'gaussian';
  /** [B, m] */
  readonly mean: tf.Tensor;
  /** [B, m] */
  readonly std: tf.Tensor;
}

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * N(mean, diag std²): log p(x) = Σ_i -½((x_i - mean_i)/std_i)² - log std_i - ½log 2π; samples are mean + std·noise.
 * entropy = Σ ½ + ½log 2π + log std; KL(p‖q) = Σ log(σ_q/σ_p) + (σ_p² + (μ_p - μ_q)²)/(2σ_q²) - ½.
 *
 * The log-probability of {@link Distribution.sampleWithLogProb} is that of the reparameterised sample: its gradient is the
 * pathwise one, not a score.
 *
 * @param mean [B, m], for any leading axes
 * @param std positive, [B, m] or a shape that broadcasts to it, for instance [m]
 */
export function gaussian(mean: tf.Tensor, std: tf.Tensor): Gaussian {
  return tidied(() => fromMoments(mean, std.shape.join() === mean.shape.join() ? std : std.add(tf.zeros(mean.shape))));
}

function fromMoments(mean: tf.Tensor, std: tf.Tensor): Gaussian {
  const sample = (noise: tf.Tensor): tf.Tensor => tf.tidy(() => mean.add(std.mul(noise)));
  const fromNoise = (noise: tf.Tensor): tf.Tensor => noise.square().mul(-0.5).sub(std.log()).sub(HALF_LOG_TWO_PI).sum(-1);
  return {
    kind: 'gaussian',
    mean,
    std,
    sample,
    noise: (rng) => rng.normal(mean.shape),
    sampleWithLogProb: (noise) => tf.tidy(() => ({ sample: sample(noise), logProb: fromNoise(noise) })),
    logProb: (event) => tf.tidy(() => fromNoise(event.sub(mean).div(std))),
    entropy: () => tf.tidy(() => std.log().add(HALF_LOG_TWO_PI + 0.5).sum(-1)),
    mode: () => mean.clone(),
    kl: (other) =>
      tf.tidy(() => {
        const q = sameFamily<Gaussian>('gaussian', other);
        const scaled = std.square().add(mean.sub(q.mean).square()).div(q.std.square().mul(2));
        return q.std.log().sub(std.log()).add(scaled).sub(0.5).sum(-1);
      }),
  };
}
