import { tf } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import type { Initializer } from './initializer.js';
import type { LinearParameters } from './linear.js';
import type { Module } from './module.js';
import { overRows } from './overRows.js';
import { parameter } from './parameter.js';
import { truncatedNormal } from './truncatedNormal.js';

/** Factors [in, rank] and [rank, out] whose product is added to a kernel, see {@link loraAdapter}. */
export type LowRankFactors = { readonly loraA: tf.Tensor; readonly loraB: tf.Tensor };

type Kernel = { readonly kernel: tf.Tensor };

/** kernel [in, out], and bias [out] where the map has one; with an adapter attached, its factors. */
export type ProjectionParameters = Kernel | LinearParameters | (Kernel & LowRankFactors) | (LinearParameters & LowRankFactors);

export interface ProjectionOptions {
  readonly in: number;
  readonly out: number;
  readonly bias: boolean;
  /** Default: `truncatedNormal(0.02)`. */
  readonly kernelInit?: Initializer;
}

/** y = x·kernel + bias + (x·loraA)·loraB: [..., in] to [..., out]; the bias, where there is one, starts at 0. */
export function projection(options: ProjectionOptions): Module<tf.Tensor, tf.Tensor, ProjectionParameters> {
  const { kernelInit = truncatedNormal(0.02) } = options;
  const rowsOf = (parameters: ProjectionParameters, rows: tf.Tensor2D): tf.Tensor => {
    const product = rows.matMul(parameters.kernel as tf.Tensor2D);
    const shifted = 'bias' in parameters ? product.add(parameters.bias) : product;
    return 'loraA' in parameters ? shifted.add(rows.matMul(parameters.loraA as tf.Tensor2D).matMul(parameters.loraB as tf.Tensor2D)) : shifted;
  };
  return {
    init: (rng) => {
      const kernel = parameter(rng, kernelInit, [options.in, options.out]);
      return options.bias ? { kernel, bias: tf.zeros([options.out]) } : { kernel };
    },
    apply: (parameters, input) =>
      tf.tidy(() => {
        checkLastAxis(input, options.in, 'projection');
        return overRows(input, (rows) => rowsOf(parameters, rows) as tf.Tensor2D);
      }),
  };
}
