import { tf } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import { fansOf } from './fansOf.js';
import type { Initializer } from './initializer.js';
import type { Module } from './module.js';
import { overRows } from './overRows.js';
import { parameter } from './parameter.js';
import { uniformFanIn } from './uniformFanIn.js';

/** kernel [in, out], bias [out]. */
export type LinearParameters = { readonly kernel: tf.Tensor; readonly bias: tf.Tensor };

export interface LinearOptions {
  readonly in: number;
  readonly out: number;
  /** Default: {@link uniformFanIn}. */
  readonly kernelInit?: Initializer;
  /** Default: {@link uniformFanIn}, with the kernel's fanIn. */
  readonly biasInit?: Initializer;
}

/** y = x·kernel + bias: [..., in] to [..., out], for any leading axes. */
export function linear(options: LinearOptions): Module<tf.Tensor, tf.Tensor, LinearParameters> {
  const { kernelInit = uniformFanIn(), biasInit = uniformFanIn() } = options;
  const shape = [options.in, options.out];
  return {
    init: (rng) => ({ kernel: parameter(rng, kernelInit, shape), bias: parameter(rng, biasInit, [options.out], fansOf(shape)) }),
    apply: (parameters, input) =>
      tf.tidy(() => {
        checkLastAxis(input, options.in, 'linear');
        return overRows(input, (rows) => rows.matMul(parameters.kernel as tf.Tensor2D).add(parameters.bias));
      }),
  };
}
