import { tf } from '@rivulet/engine';
import { activation } from './activation.js';
import { geluTanh } from './geluTanh.js';
import type { Initializer } from './initializer.js';
import type { Module } from './module.js';
import { projection, type ProjectionParameters } from './projection.js';
import type { TransformerForm } from './transformerForm.js';

/** Into the hidden layer, out of it, and the gate where there is one. */
export type FeedForwardParameters = { readonly up: ProjectionParameters; readonly down: ProjectionParameters } | { readonly up: ProjectionParameters; readonly gate: ProjectionParameters; readonly down: ProjectionParameters };

/**
 * The perceptron of a transformer's layer: down(gelu(up x)), or with a gate down(silu(gate x)·(up x)): [..., D] to [..., D].
 *
 * Source of the gate: Shazeer, "GLU variants improve transformer" (2020), eq. 6.
 */
export function feedForward(form: TransformerForm, outputInit: Initializer): Module<tf.Tensor, tf.Tensor, FeedForwardParameters> {
  const into = projection({ in: form.dim, out: form.mlpDim, bias: form.bias.mlp });
  const down = projection({ in: form.mlpDim, out: form.dim, bias: form.bias.mlp, kernelInit: outputInit });
  const gelu = form.activation === 'geluTanh' ? geluTanh : activation('gelu');
  const silu = activation('silu');
  return {
    init: (rng) => {
      const ends = { up: into.init(rng), down: down.init(rng) };
      return form.activation === 'swiglu' ? { ...ends, gate: into.init(rng) } : ends;
    },
    apply: (parameters, x) =>
      tf.tidy(() => {
        const up = into.apply(parameters.up, x);
        return down.apply(parameters.down, 'gate' in parameters ? silu(into.apply(parameters.gate, x)).mul(up) : gelu(up));
      }),
  };
}
