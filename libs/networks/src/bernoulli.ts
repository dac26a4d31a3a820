import { tf } from '@rivulet/engine';
import { asFloat } from './asFloat.js';
import type { Distribution } from './distribution.js';
import { sameFamily } from './sameFamily.js';
import { tidied } from './tidied.js';

/** m independent coins. Events are int32 [B, m] of zeros and ones; noise is uniform [B, m]. */
export interface Bernoulli extends Distribution {
  readonly kind: 'bernoulli';
  /** `[B, m]`: log p/(1 - p) */
  readonly logits: tf.Tensor;
}

/**
 * p(x_i = 1) = σ(l_i), independent over the last axis: log p(x) = Σ x·l - softplus(l), entropy = Σ softplus(l) - l·σ(l),
 * KL(p‖q) = Σ σ(l_p)(l_p - l_q) - softplus(l_p) + softplus(l_q). Samples are 1[noise < σ(l)] and carry no gradient; the mode is 1[l > 0].
 *
 * @param logits [B, m], for any leading axes
 */
export function bernoulli(logits: tf.Tensor): Bernoulli {
  return tidied(() => fromLogits(asFloat(logits)));
}

function fromLogits(logits: tf.Tensor): Bernoulli {
  const logProb = (event: tf.Tensor): tf.Tensor => tf.tidy(() => asFloat(event).mul(logits).sub(logits.softplus()).sum(-1));
  const sample = (noise: tf.Tensor): tf.Tensor => tf.tidy(() => tf.cast(noise.less(logits.sigmoid()), 'int32'));
  return {
    kind: 'bernoulli',
    logits,
    sample,
    logProb,
    noise: (rng) => rng.uniform(logits.shape),
    sampleWithLogProb: (noise) =>
      tf.tidy(() => {
        const event = sample(noise);
        return { sample: event, logProb: logProb(event) };
      }),
    entropy: () => tf.tidy(() => logits.softplus().sub(logits.mul(logits.sigmoid())).sum(-1)),
    mode: () => tf.tidy(() => tf.cast(logits.greater(0), 'int32')),
    kl: (other) =>
      tf.tidy(() => {
        const q = sameFamily<Bernoulli>('bernoulli', other).logits;
        return logits.sigmoid().mul(logits.sub(q)).sub(logits.softplus()).add(q.softplus()).sum(-1);
      }),
  };
}
