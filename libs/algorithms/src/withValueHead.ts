import type { Tree } from '@rivulet/engine';
import { linear, valueNet } from '@rivulet/networks';
import type { TokenModel } from './tokenPolicy.js';

/** A language model with a linear value head on its hidden states: what stands before a token has a value. Trained are both, as `{ policy, value }`. */
export function withValueHead(policy: TokenModel): TokenModel {
  const head = valueNet({ body: linear({ in: policy.model.form.dim, out: 1 }) });
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
