import { sizeOf, tf } from '@rivulet/engine';
import { asFloat } from './asFloat.js';
import { checkLastAxis } from './checkLastAxis.js';
import { fansOf } from './fansOf.js';
import type { Initializer } from './initializer.js';
import type { Module } from './module.js';
import { parameter } from './parameter.js';
import { uniformFanIn } from './uniformFanIn.js';

/** kernel [k, k, in, out], bias [out]. */
export type Conv2dParameters = { readonly kernel: tf.Tensor; readonly bias: tf.Tensor };

export interface Conv2dOptions {
  /** Channels. */
  readonly in: number;
  /** Channels. */
  readonly out: number;
  /** Side of the square window, in pixels. */
  readonly kernelSize: number;
  /** In pixels. Default: 1. */
  readonly stride?: number;
  /** Default: valid (no padding). */
  readonly padding?: 'valid' | 'same';
  /** Default: {@link uniformFanIn}. */
  readonly kernelInit?: Initializer;
  /** Default: {@link uniformFanIn}, with the kernel's fanIn. */
  readonly biasInit?: Initializer;
}

/** Two-dimensional convolution, channels last: [..., H, W, in] to [..., H', W', out], for any leading axes. */
export function conv2d(options: Conv2dOptions): Module<tf.Tensor, tf.Tensor, Conv2dParameters> {
  const { kernelSize, stride = 1, padding = 'valid', kernelInit = uniformFanIn(), biasInit = uniformFanIn() } = options;
  const shape = [kernelSize, kernelSize, options.in, options.out];
  return {
    init: (rng) => ({ kernel: parameter(rng, kernelInit, shape), bias: parameter(rng, biasInit, [options.out], fansOf(shape)) }),
    apply: (parameters, input) =>
      tf.tidy(() => {
        checkLastAxis(input, options.in, 'conv2d');
        const leading = input.shape.slice(0, -3);
        const [height, width, channels] = input.shape.slice(-3);
        const images = asFloat(input).reshape([sizeOf(leading), height, width, channels]) as tf.Tensor4D;
        const output = tf.conv2d(images, parameters.kernel as tf.Tensor4D, stride, padding).add(parameters.bias);
        return output.reshape([...leading, ...output.shape.slice(1)]);
      }),
  };
}
