import type { Tree } from '@rivulet/engine';
import type { CausalTransformer, LoraAdapter, LoraParameters, TransformerParameters } from '@rivulet/networks';
import type { TokenModel } from './tokenPolicy.js';

/**
 * A language model of which low-rank adapters are trained (LoRA); it starts as the model itself.
 * @param base the model's parameters, which stay as they are; the caller owns them, and frees them after everything that uses this.
 */
export function adaptedModel(model: CausalTransformer, base: TransformerParameters, adapter: LoraAdapter): TokenModel {
  return { model, init: (rng) => adapter.init(rng, base as Tree) as Tree, parameters: (trained) => adapter.attach(base, trained as LoraParameters) };
}
