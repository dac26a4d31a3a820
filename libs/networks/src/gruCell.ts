import { tf } from '@rivulet/engine';
import type { Initializer } from './initializer.js';
import { linear } from './linear.js';
import type { RecurrentCell } from './recurrentCell.js';
import type { RecurrentParameters } from './recurrentParameters.js';
import { uniformWithin } from './uniformWithin.js';

/**
 * Gated recurrent unit with the gates r, z, n side by side (G = 3H), and the state h [B, H]:
 * r = σ(W_r x + U_r h), z = σ(W_z x + U_z h), n = tanh(W_n x + r⊙(U_n h)), h' = (1 - z)⊙n + z⊙h, each product with a bias.
 * Starts from U(±1/√H).
 *
 * Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), in the variant of PyTorch and cuDNN,
 * which resets after the product.
 */
export function gruCell(options: { readonly in: number; readonly hidden: number }): RecurrentCell<RecurrentParameters> {
  const { hidden } = options;
  const start: Initializer = (rng, shape) => uniformWithin(rng, shape, 1 / Math.sqrt(hidden));
  const input = linear({ in: options.in, out: 3 * hidden, kernelInit: start, biasInit: start });
  const recurrent = linear({ in: hidden, out: 3 * hidden, kernelInit: start, biasInit: start });
  return {
    stateSize: hidden,
    init: (rng) => ({ input: input.init(rng), recurrent: recurrent.init(rng) }),
    project: (parameters, x) => input.apply(parameters.input, x),
    step: (parameters, gates, state) =>
      tf.tidy(() => {
        const [xr, xz, xn] = tf.split(gates, 3, 1);
        const [hr, hz, hn] = tf.split(recurrent.apply(parameters.recurrent, state), 3, 1);
        const z = xz.add(hz).sigmoid();
        const n = xn.add(xr.add(hr).sigmoid().mul(hn)).tanh();
        return n.add(z.mul(state.sub(n)));
      }),
    output: (state) => state,
  };
}
