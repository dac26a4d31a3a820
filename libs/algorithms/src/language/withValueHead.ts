import type { Tree } from '@rivulet/engine';
import { linear, valueNet, zeros } from '@rivulet/networks';
import type { TokenModel } from './tokenPolicy.js';

/** A language model with a linear value head on its hidden states: what stands before a token has a value, which starts at 0: a random one would drive the policy by noise. Trained are both, as `{ policy, value }`. */
export function withValueHead(policy: TokenModel): TokenModel {
  const head = valueNet({ body: linear({ in: policy.model.form.dim, out: 1, kernelInit: zeros(), biasInit: zeros() }) });
  const parts = (trained: Tree): { readonly policy: Tree; readonly value: Tree } => trained as { readonly policy: Tree; readonly value: Tree };
  return {
    model: policy.model,
    init(rng) {
      const [policyRng, valueRng] = rng.split(2);
      return { policy: policy.init(policyRng), value: head.init(valueRng) as Tree };
    },
    parameters: (trained) => policy.parameters(parts(trained).policy),
    value: (trained, hidden) => head.apply(parts(trained).value as never, hidden),
  };
}
