import { tf } from '@rivulet/engine';
import { asFloat } from './asFloat.js';
import type { Distribution } from './distribution.js';
import { oneHotOf } from './oneHotOf.js';
import { sameFamily } from './sameFamily.js';
import { tidied } from './tidied.js';

/** One of A outcomes. Events are int32 [B]; noise is Gumbel [B, A]. */
export interface Categorical extends Distribution {
  readonly kind: 'categorical';
  /** [B, A], unnormalised; -1e9 where masked out. */
  readonly logits: tf.Tensor;
  /** Log-probability of every outcome, [B, A]. */
  logProbs(): tf.Tensor;
}

// Far below any logit, yet finite: 0·log 0 stays 0 in entropies, divergences and gradients.
const MASKED = -1e9;

function masked(logits: tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
  if (mask === undefined) return logits;
  return tf.where(tf.cast(mask, 'bool'), logits, tf.fill(logits.shape, MASKED));
}

/** The entry of each row [B, A] that an index [B] names: [B]. By a one-hot product, because wasm cannot differentiate a gather. */
function pick(values: tf.Tensor, index: tf.Tensor): tf.Tensor {
  return values.mul(oneHotOf(index, values.shape[values.rank - 1])).sum(-1);
}

/**
 * p(a) = exp(logits_a) / Σ exp(logits). Log-probabilities by log-softmax, so that large logits are safe. Samples are
 * argmax(logits + Gumbel noise); they carry no gradient.
 *
 * Masked outcomes have probability 0, log-probability about -1e9, no share in the entropy, and no gradient. KL to a distribution that
 * masks out what this one allows is about 1e9, not infinite. A row that masks out everything cannot be seen here
 * without reading the tensor back: it becomes uniform over all outcomes. Check masks on the host, by {@link assertMask}.
 *
 * @param logits [B, A], for any leading axes
 * @param options mask [B, A]: 1 (or true) where the outcome is allowed
 * @throws when the shapes of logits and mask differ.
 */
export function categorical(logits: tf.Tensor, options: { readonly mask?: tf.Tensor } = {}): Categorical {
  const { mask } = options;
  if (mask !== undefined && mask.shape.join() !== logits.shape.join()) {
    throw new Error(`categorical: the mask [${mask.shape.join(', ')}] should have the shape of the logits [${logits.shape.join(', ')}]`);
  }
  return tidied(() => fromLogits(masked(asFloat(logits), mask)));
}

function fromLogits(logits: tf.Tensor): Categorical {
  const logProbs = (): tf.Tensor => tf.logSoftmax(logits);
  const sample = (noise: tf.Tensor): tf.Tensor => tf.tidy(() => logits.add(noise).argMax(-1));
  const logProb = (event: tf.Tensor): tf.Tensor => tf.tidy(() => pick(logProbs(), event));
  return {
    kind: 'categorical',
    logits,
    logProbs,
    sample,
    logProb,
    noise: (rng) => rng.gumbel(logits.shape),
    sampleWithLogProb: (noise) =>
      tf.tidy(() => {
        const event = sample(noise);
        return { sample: event, logProb: logProb(event) };
      }),
    entropy: () =>
      tf.tidy(() => {
        const logs = logProbs();
        return logs.exp().mul(logs).sum(-1).neg();
      }),
    mode: () => logits.argMax(-1),
    kl: (other) =>
      tf.tidy(() => {
        const logs = logProbs();
        return logs.exp().mul(logs.sub(sameFamily<Categorical>('categorical', other).logProbs())).sum(-1);
      }),
  };
}
