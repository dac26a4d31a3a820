import { tf } from '@rivulet/engine';
import type { Distribution } from './distribution.js';
import { gaussian, type Gaussian } from './gaussian.js';
import { logDetTanh } from './logDetTanh.js';
import { sameFamily } from './sameFamily.js';
import { unsquash } from './unsquash.js';

/** tanh of m independent normals. Events are [B, m] in (-1, 1); noise is standard normal [B, m]. */
export interface TanhGaussian extends Distribution {
  readonly kind: 'tanhGaussian';
  /** The distribution before the tanh. */
  readonly base: Gaussian;
}

/**
 * a = tanh(u), u ~ N(mean, diag std²): log p(a) = log N(u) - Σ_i 2(log 2 - u_i - softplus(-2u_i)).
 * `mode()` is tanh(mean), the action that a deterministic policy takes (not the peak of the density). KL equals that of
 * the normals, because tanh is invertible. `logProb(event)` inverts events within ±(1 - 1e-6) and takes those beyond for that bound:
 * prefer `sampleWithLogProb`, which does not invert.
 *
 * Source: Haarnoja et al., "Soft actor-critic algorithms and applications" (2018), appendix C, eq. 26.
 *
 * @param mean [B, m], for any leading axes
 * @param std positive, [B, m] or a shape that broadcasts to it
 */
export function tanhGaussian(mean: tf.Tensor, std: tf.Tensor): TanhGaussian {
  const base = gaussian(mean, std);
  return {
    kind: 'tanhGaussian',
    base,
    noise: (rng) => base.noise(rng),
    sample: (noise) => tf.tidy(() => base.sample(noise).tanh()),
    sampleWithLogProb: (noise) =>
      tf.tidy(() => {
        const { sample: u, logProb } = base.sampleWithLogProb(noise);
        return { sample: u.tanh(), logProb: logProb.sub(logDetTanh(u)) };
      }),
    logProb: (event) =>
      tf.tidy(() => {
        const u = unsquash(event);
        return base.logProb(u).sub(logDetTanh(u));
      }),
    entropy: () => {
      throw new Error('tanhGaussian: the entropy has no closed form; estimate it by the mean of -logProb of sampleWithLogProb');
    },
    mode: () => tf.tidy(() => base.mean.tanh()),
    kl: (other) => base.kl(sameFamily<TanhGaussian>('tanhGaussian', other).base),
  };
}
