import type { Tree } from '@rivulet/engine';
import type { CausalTransformer, TransformerParameters } from '@rivulet/networks';
import type { TokenModel } from './tokenPolicy.js';

/** A language model all of whose parameters are trained. */
export function wholeModel(model: CausalTransformer): TokenModel {
  return { model, init: (rng) => model.init(rng) as Tree, parameters: (trained) => trained as TransformerParameters };
}
