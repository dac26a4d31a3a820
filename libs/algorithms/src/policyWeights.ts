import type { Tree } from '@rivulet/engine';
import type { NormalizerWeights } from './observationNormalizer.js';

/** What acts: the policy's parameters, and the moments by which it normalises observations. */
export type PolicyWeights = { readonly policy: Tree; readonly normalizer: NormalizerWeights };
