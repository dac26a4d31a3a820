import { tf, type Tree } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import { gaussian, type Gaussian } from './gaussian.js';
import type { Module } from './module.js';
import { tanhGaussian, type TanhGaussian } from './tanhGaussian.js';
import { tidied } from './tidied.js';

/** The body's parameters; with a free std also logStd [dim]. */
export type GaussianPolicyParameters<P extends Tree> = { readonly body: P } | { readonly body: P; readonly logStd: tf.Tensor };

export interface GaussianPolicyOptions<In, P extends Tree> {
  /** Observations to [B, dim] (the mean), or with `std: 'state'` to [B, 2·dim] (mean, then log std). */
  readonly body: Module<In, tf.Tensor, P>;
  /** Size of an action. */
  readonly dim: number;
  /** 'tanh' maps actions into (-1, 1). Default: none. */
  readonly squash?: 'none' | 'tanh';
  /** Where the std comes from: the body ('state'), a parameter per dimension ('free'), or `initialStd` for good ('fixed'). Default: free. */
  readonly std?: 'state' | 'free' | 'fixed';
  /** Start of a free std, value of a fixed one. Default: 1. */
  readonly initialStd?: number;
  /** Bounds of log std. Default: [-20, 2] for 'state', none for the others. */
  readonly logStdBounds?: readonly [low: number, high: number];
  /** How they act: 'clip' cuts off (no gradient outside); 'tanh' maps smoothly, low + ½(high - low)(tanh x + 1). Default: clip. */
  readonly boundBy?: 'clip' | 'tanh';
}

function bounded(logStd: tf.Tensor, bounds: readonly [number, number] | undefined, by: 'clip' | 'tanh'): tf.Tensor {
  if (bounds === undefined) return logStd;
  const [low, high] = bounds;
  return by === 'clip' ? logStd.clipByValue(low, high) : logStd.tanh().add(1).mul(0.5 * (high - low)).add(low);
}

/**
 * Diagonal Gaussian policy, plain or squashed by tanh with the exact log-determinant: observations [B, ...] to a
 * {@link gaussian} or {@link tanhGaussian} over actions [B, dim], for any leading axes.
 *
 * Source: Haarnoja et al., "Soft actor-critic algorithms and applications" (2018) for 'state' and 'tanh', Schulman et al.,
 * "Proximal policy optimization algorithms" (2017) for 'free'.
 * @throws when initialStd is not positive, the bounds are not in order, or the body's output has another size.
 */
export function gaussianPolicy<In, P extends Tree>(
  options: GaussianPolicyOptions<In, P> & { readonly squash: 'tanh' },
): Module<In, TanhGaussian, GaussianPolicyParameters<P>>;
export function gaussianPolicy<In, P extends Tree>(
  options: GaussianPolicyOptions<In, P> & { readonly squash?: 'none' },
): Module<In, Gaussian, GaussianPolicyParameters<P>>;
export function gaussianPolicy<In, P extends Tree>(options: GaussianPolicyOptions<In, P>): Module<In, Gaussian | TanhGaussian, GaussianPolicyParameters<P>>;
export function gaussianPolicy<In, P extends Tree>(options: GaussianPolicyOptions<In, P>): Module<In, Gaussian | TanhGaussian, GaussianPolicyParameters<P>> {
  const { body, dim, squash = 'none', std = 'free', initialStd = 1, boundBy = 'clip' } = options;
  const bounds = options.logStdBounds ?? (std === 'state' ? ([-20, 2] as const) : undefined);
  if (!(initialStd > 0)) throw new Error(`gaussianPolicy: initialStd must be positive, got ${initialStd}`);
  if (bounds !== undefined && !(bounds[0] < bounds[1])) {
    throw new Error(`gaussianPolicy: logStdBounds must be [low, high] with low < high, got [${bounds.join(', ')}]`);
  }
  const distribution = squash === 'tanh' ? tanhGaussian : gaussian;
  const moments = (parameters: GaussianPolicyParameters<P>, output: tf.Tensor): [mean: tf.Tensor, std: tf.Tensor] => {
    checkLastAxis(output, std === 'state' ? 2 * dim : dim, "gaussianPolicy, the body's output");
    if (std === 'fixed') return [output, tf.fill(output.shape, initialStd)];
    if (std === 'free') return [output, bounded((parameters as { readonly logStd: tf.Tensor }).logStd, bounds, boundBy).exp()];
    const [mean, logStd] = tf.split(output, 2, output.rank - 1);
    return [mean, bounded(logStd, bounds, boundBy).exp()];
  };
  return {
    init: (rng) => (std === 'free' ? { body: body.init(rng), logStd: tf.fill([dim], Math.log(initialStd)) } : { body: body.init(rng) }),
    apply: (parameters, input) => tidied(() => distribution(...moments(parameters, body.apply(parameters.body, input)))),
  };
}
