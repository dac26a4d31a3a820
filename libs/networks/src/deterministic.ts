import { tf } from '@rivulet/engine';
import type { Distribution } from './distribution.js';

/** All mass on one event [B, m]. The noise is a zero that nobody reads. */
export interface Deterministic extends Distribution {
  readonly kind: 'deterministic';
  /** [B, m] */
  readonly value: tf.Tensor;
}

function noDensity(method: string): never {
  throw new Error(`deterministic: ${method} is not defined for a point mass; add exploration noise, or use gaussianPolicy`);
}

/** The distribution of a deterministic policy: every sample is the value. Log-probability, entropy and KL throw, for it has no density. */
export function deterministic(value: tf.Tensor): Deterministic {
  return {
    kind: 'deterministic',
    value,
    noise: () => tf.scalar(0),
    sample: () => value.clone(),
    sampleWithLogProb: () => noDensity('sampleWithLogProb'),
    logProb: () => noDensity('logProb'),
    entropy: () => noDensity('entropy'),
    mode: () => value.clone(),
    kl: () => noDensity('kl'),
  };
}
