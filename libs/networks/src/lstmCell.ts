import { tf } from '@rivulet/engine';
import type { Initializer } from './initializer.js';
import { linear } from './linear.js';
import type { RecurrentCell } from './recurrentCell.js';
import type { RecurrentParameters } from './recurrentParameters.js';
import { uniformWithin } from './uniformWithin.js';

/**
 * Long short-term memory with the gates i, f, g, o side by side (G = 4H), and the state [h, c] joined to [B, 2H]:
 * i, f, o = σ(W x + U h), g = tanh(W_g x + U_g h), c' = f⊙c + i⊙g, h' = o⊙tanh(c'), each product with a bias.
 * Starts from U(±1/√H).
 *
 * Source: Hochreiter, Schmidhuber, "Long short-term memory" (1997), with the forget gate of Gers et al. (2000); gate order of PyTorch.
 */
export function lstmCell(options: { readonly in: number; readonly hidden: number }): RecurrentCell<RecurrentParameters> {
  const { hidden } = options;
  const start: Initializer = (rng, shape) => uniformWithin(rng, shape, 1 / Math.sqrt(hidden));
  const input = linear({ in: options.in, out: 4 * hidden, kernelInit: start, biasInit: start });
  const recurrent = linear({ in: hidden, out: 4 * hidden, kernelInit: start, biasInit: start });
  return {
    stateSize: 2 * hidden,
    init: (rng) => ({ input: input.init(rng), recurrent: recurrent.init(rng) }),
    project: (parameters, x) => input.apply(parameters.input, x),
    step: (parameters, gates, state) =>
      tf.tidy(() => {
        const [h, c] = tf.split(state, 2, 1);
        const [i, f, g, o] = tf.split(gates.add(recurrent.apply(parameters.recurrent, h)), 4, 1);
        const next = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
        return tf.concat([o.sigmoid().mul(next.tanh()), next], 1);
      }),
    output: (state) => tf.split(state, 2, 1)[0],
  };
}
