import type { tf } from './tf.js';
import type { Tree } from './tree.js';

/**
 * A rule that turns gradients into parameter updates, keeping its own state as a tree of tensors.
 * `update` is a pure function of tensors: no reading back, no hidden state, so that it runs eagerly or compiled.
 * Updates are added to the parameters: `parameters + updates`.
 */
export interface GradientTransform<S extends Tree = Tree> {
  init(parameters: Tree): S;
  update<P extends Tree>(gradients: P, state: S, parameters: P): { updates: P; state: S };
}

/** The state of a transform that has none. */
export type NoState = { readonly [key: string]: never };

/** Named scalars that an update reports. */
export type Metrics = { readonly [name: string]: tf.Scalar };
