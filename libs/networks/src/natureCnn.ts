import { tf } from '@rivulet/engine';
import { asFloat } from './asFloat.js';
import { conv2d, type Conv2dParameters } from './conv2d.js';
import { linear, type LinearParameters } from './linear.js';
import type { Module } from './module.js';
import { orthogonal } from './orthogonal.js';
import { zeros } from './zeros.js';

/** The three convolutions and the dense layer. */
export type NatureCnnParameters = { readonly convolutions: readonly Conv2dParameters[]; readonly head: LinearParameters };

export interface NatureCnnOptions {
  /** Pixels. Default: 84. */
  readonly height?: number;
  /** Pixels. Default: 84. */
  readonly width?: number;
  /** For instance the number of stacked grey frames. Default: 4. */
  readonly channels?: number;
  /** Default: 512. */
  readonly out?: number;
  /** Multiplies the input. Default: 1/255, for pixels in 0 .. 255. */
  readonly scale?: number;
}

const layers = [
  { out: 32, kernelSize: 8, stride: 4 },
  { out: 64, kernelSize: 4, stride: 2 },
  { out: 64, kernelSize: 3, stride: 1 },
] as const;

function sideAfter(side: number): number {
  return layers.reduce((size, layer) => Math.floor((size - layer.kernelSize) / layer.stride) + 1, side);
}

/**
 * The convolutional body of DQN: 32 windows 8×8 with stride 4, 64 of 4×4 with stride 2, 64 of 3×3, and a dense layer, each with a
 * ReLU: images [..., H, W, channels] to features [..., out], for any leading axes.
 *
 * Source: Mnih et al., "Human-level control through deep reinforcement learning" (2015), Methods.
 * @throws for images smaller than 36×36.
 */
export function natureCnn(options: NatureCnnOptions = {}): Module<tf.Tensor, tf.Tensor, NatureCnnParameters> {
  const { height = 84, width = 84, channels = 4, out = 512, scale = 1 / 255 } = options;
  if (sideAfter(height) < 1 || sideAfter(width) < 1) throw new Error(`natureCnn: images must have at least 36×36 pixels, got ${height}×${width}`);
  const flat = sideAfter(height) * sideAfter(width) * layers[2].out;
  const start = { kernelInit: orthogonal(Math.SQRT2), biasInit: zeros() };
  const convolutions = layers.map((layer, i) => conv2d({ in: i === 0 ? channels : layers[i - 1].out, ...layer, ...start }));
  const head = linear({ in: flat, out, ...start });
  return {
    init: (rng) => ({ convolutions: convolutions.map((layer) => layer.init(rng)), head: head.init(rng) }),
    apply: (parameters, input) =>
      tf.tidy(() => {
        const images = asFloat(input).mul(scale);
        const maps = convolutions.reduce((x: tf.Tensor, layer, i) => layer.apply(parameters.convolutions[i], x).relu(), images);
        return head.apply(parameters.head, maps.reshape([...input.shape.slice(0, -3), flat])).relu();
      }),
  };
}
