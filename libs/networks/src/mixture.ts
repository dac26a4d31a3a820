import { type Rng, tf } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import type { Distribution } from './distribution.js';
import { logDetTanh } from './logDetTanh.js';
import { oneHotOf } from './oneHotOf.js';
import type { TanhGaussian } from './tanhGaussian.js';
import { unsquash } from './unsquash.js';

/** One of K distributions, chosen by weight. Noise is [B, K + Σ n_k]: Gumbel for the choice, then that of each component. */
export interface Mixture extends Distribution {
  readonly kind: 'mixture';
  /** [B, K], unnormalised. */
  readonly logits: tf.Tensor;
  readonly components: readonly Distribution[];
}

function isTanhGaussian(component: Distribution): component is TanhGaussian {
  return (component as { readonly kind?: string }).kind === 'tanhGaussian';
}

/**
 * p(x) = Σ_k w_k p_k(x) with w = softmax(logits): log p(x) = logsumexp_k(log w_k + log p_k(x)). A sample is that of the
 * component argmax(logits + Gumbel noise): differentiable with respect to the components, not to the weights. `mode()` is the mode of
 * the heaviest component, which need not be the peak of the density.
 *
 * @param weightsLogits [B, K], for any leading axes
 * @param components K distributions over the same events, of one family (their noises have the same shape)
 * @throws when their number is not K. `entropy()` and `kl()` throw: there is no closed form.
 */
export function mixture(weightsLogits: tf.Tensor, components: readonly Distribution[]): Mixture {
  checkLastAxis(weightsLogits, components.length, 'mixture');
  if (components.every(isTanhGaussian)) return squashed(weightsLogits, components);
  return plain(weightsLogits, components);
}

/** The selected one of K stacked events, by the index [B] of the component. */
function select(events: readonly tf.Tensor[], index: tf.Tensor): tf.Tensor {
  const oneHot = oneHotOf(index, events.length);
  const weights = events[0].rank > index.rank ? oneHot.expandDims(-1) : oneHot;
  const stacked = tf.stack(events.map((event) => tf.cast(event, 'float32')), index.rank);
  return tf.cast(stacked.mul(weights).sum(index.rank), events[0].dtype);
}

function plain(logits: tf.Tensor, components: readonly Distribution[]): Mixture {
  const axis = logits.rank - 1;
  const logProb = (event: tf.Tensor): tf.Tensor =>
    tf.tidy(() => tf.logSumExp(tf.logSoftmax(logits).add(tf.stack(components.map((component) => component.logProb(event)), axis)), axis));
  const sample = (noise: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const size = (noise.shape[axis] - components.length) / components.length;
      const [gumbel, ...parts] = tf.split(noise, [components.length, ...components.map(() => size)], axis);
      return select(components.map((component, k) => component.sample(parts[k])), logits.add(gumbel).argMax(-1));
    });
  return {
    kind: 'mixture',
    logits,
    components,
    sample,
    logProb,
    noise: (rng: Rng) => tf.tidy(() => tf.concat([rng.gumbel(logits.shape), ...components.map((component) => component.noise(rng))], axis)),
    sampleWithLogProb: (noise) =>
      tf.tidy(() => {
        const event = sample(noise);
        return { sample: event, logProb: logProb(event) };
      }),
    entropy: () => {
      throw new Error('mixture: the entropy has no closed form; estimate it by the mean of -logProb of samples');
    },
    mode: () => tf.tidy(() => select(components.map((component) => component.mode()), logits.argMax(-1))),
    kl: () => {
      throw new Error('mixture: KL has no closed form; estimate it by the mean of p.logProb(x) - q.logProb(x) over samples x of p');
    },
  };
}

/** tanh of a mixture of normals, so that log-probabilities of samples need no inverse. */
function squashed(logits: tf.Tensor, components: readonly TanhGaussian[]): Mixture {
  const base = plain(logits, components.map((component) => component.base));
  return {
    ...base,
    components,
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
    mode: () => tf.tidy(() => base.mode().tanh()),
  };
}
