import { type Rng, tf } from '@rivulet/engine';
import { activation as activationOf, type Activation } from './activation.js';
import { checkLastAxis } from './checkLastAxis.js';
import { ensemble } from './ensemble.js';
import type { Initializer } from './initializer.js';
import { layerNorm, type LayerNormParameters } from './layerNorm.js';
import { linear, type LinearParameters } from './linear.js';
import type { Module } from './module.js';
import { orthogonal } from './orthogonal.js';
import { zeros } from './zeros.js';

/**
 * kernel and bias of each layer, hidden ones first; hidden layers also hold scale and offset where `layerNorm` is on. With members,
 * every leaf has a leading axis [M].
 */
export type MlpParameters = { readonly layers: readonly (LinearParameters | (LinearParameters & LayerNormParameters))[] };

export interface MlpOptions {
  readonly in: number;
  /** Sizes of the hidden layers; empty for a linear map. */
  readonly hidden: readonly number[];
  readonly out: number;
  /** After each hidden layer. Default: relu. */
  readonly activation?: Activation;
  /** After the last layer. Default: identity. */
  readonly outputActivation?: Activation;
  /** Normalise each hidden layer before its activation. Default: false. */
  readonly layerNorm?: boolean;
  /** M copies with parameters of their own, stacked as by {@link ensemble}. Default: one, without a member axis. */
  readonly members?: number;
  /** Default: `orthogonal(√2)` for hidden layers, `orthogonal(1)` for the last. */
  readonly kernelInit?: Initializer;
  /** Default: zeros. */
  readonly biasInit?: Initializer;
  /** Where given, the last kernel is drawn by `orthogonal(outputGain)` instead. */
  readonly outputGain?: number;
}

function withNorm(size: number, layer: Module<tf.Tensor, tf.Tensor, LinearParameters>): Module<tf.Tensor, tf.Tensor, LinearParameters & LayerNormParameters> {
  const norm = layerNorm(size);
  return {
    init: (rng) => ({ ...layer.init(rng), ...norm.init(rng) }),
    apply: (parameters, input) => norm.apply(parameters, layer.apply(parameters, input)),
  };
}

function hiddenLayers(options: MlpOptions): Module<tf.Tensor, tf.Tensor, LinearParameters>[] {
  const { kernelInit = orthogonal(Math.SQRT2), biasInit = zeros() } = options;
  return options.hidden.map((size, i) => {
    const layer = linear({ in: i === 0 ? options.in : options.hidden[i - 1], out: size, kernelInit, biasInit });
    return options.layerNorm === true ? withNorm(size, layer) : layer;
  });
}

function lastLayer(options: MlpOptions): Module<tf.Tensor, tf.Tensor, LinearParameters> {
  const { biasInit = zeros(), kernelInit = orthogonal(1), outputGain } = options;
  return linear({
    in: options.hidden.at(-1) ?? options.in,
    out: options.out,
    kernelInit: outputGain === undefined ? kernelInit : orthogonal(outputGain),
    biasInit,
  });
}

function single(options: MlpOptions): Module<tf.Tensor, tf.Tensor, MlpParameters> {
  const nonlinearity = activationOf(options.activation ?? 'relu');
  const outputNonlinearity = activationOf(options.outputActivation ?? 'identity');
  const hidden = hiddenLayers(options);
  const last = lastLayer(options);
  return {
    init: (rng: Rng) => ({ layers: [...hidden, last].map((layer) => layer.init(rng)) }),
    apply: (parameters, input) =>
      tf.tidy(() => {
        checkLastAxis(input, options.in, 'mlp');
        const features = hidden.reduce((x, layer, i) => nonlinearity(layer.apply(parameters.layers[i], x)), input);
        return outputNonlinearity(last.apply(parameters.layers[hidden.length], features));
      }),
  };
}

/**
 * Multi-layer perceptron: [..., in] to [..., out], or with members to [M, ..., out], for any leading axes.
 * Hidden layer: h = activation(norm(x·kernel + bias)).
 */
export function mlp(options: MlpOptions): Module<tf.Tensor, tf.Tensor, MlpParameters> {
  return options.members === undefined ? single(options) : ensemble(single(options), options.members);
}
