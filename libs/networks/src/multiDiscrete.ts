import { tf } from '@rivulet/engine';
import { categorical, type Categorical } from './categorical.js';
import { checkLastAxis } from './checkLastAxis.js';
import type { Distribution } from './distribution.js';
import { sameFamily } from './sameFamily.js';
import { tidied } from './tidied.js';

/** K independent choices. Events are int32 [B, K]; noise is Gumbel [B, Σ nvec]. */
export interface MultiDiscrete extends Distribution {
  readonly kind: 'multiDiscrete';
  /** How many outcomes each choice has. */
  readonly nvec: readonly number[];
  readonly components: readonly Categorical[];
}

function sum(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tensors.reduce((total, x) => total.add(x));
}

/**
 * Independent {@link categorical} choices: log p(a) = Σ_k log p_k(a_k), and so for entropy and KL.
 *
 * @param logits [B, Σ nvec], those of the first choice first
 * @param nvec sizes of the choices
 * @param options mask [B, Σ nvec]: 1 (or true) where the outcome is allowed
 * @throws when the last axis of the logits has not Σ nvec entries, and when the mask's shape differs.
 */
export function multiDiscrete(logits: tf.Tensor, nvec: readonly number[], options: { readonly mask?: tf.Tensor } = {}): MultiDiscrete {
  checkLastAxis(logits, nvec.reduce((total, n) => total + n, 0), 'multiDiscrete');
  const sizes = [...nvec];
  const axis = logits.rank - 1;
  const split = (x: tf.Tensor): tf.Tensor[] => tf.split(x, sizes, axis);
  const components = tidied(() => {
    const masks = options.mask === undefined ? undefined : split(options.mask);
    return split(logits).map((part, k) => categorical(part, { mask: masks?.[k] }));
  });
  const sample = (noise: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const parts = split(noise);
      return tf.stack(components.map((component, k) => component.sample(parts[k])), axis);
    });
  const logProb = (event: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const parts = tf.unstack(event, axis);
      return sum(components.map((component, k) => component.logProb(parts[k])));
    });
  return {
    kind: 'multiDiscrete',
    nvec: sizes,
    components,
    sample,
    logProb,
    noise: (rng) => rng.gumbel(logits.shape),
    sampleWithLogProb: (noise) =>
      tf.tidy(() => {
        const event = sample(noise);
        return { sample: event, logProb: logProb(event) };
      }),
    entropy: () => tf.tidy(() => sum(components.map((component) => component.entropy()))),
    mode: () => tf.tidy(() => tf.stack(components.map((component) => component.mode()), axis)),
    kl: (other) =>
      tf.tidy(() => {
        const others = sameFamily<MultiDiscrete>('multiDiscrete', other).components;
        return sum(components.map((component, k) => component.kl(others[k])));
      }),
  };
}
