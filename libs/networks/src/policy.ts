import type { tf, Tree } from '@rivulet/engine';
import type { Distribution } from './distribution.js';
import type { Module } from './module.js';

/** A module from observations [B, ...] to a distribution over actions. */
export type Policy<P extends Tree = Tree, D extends Distribution = Distribution> = Module<tf.Tensor, D, P>;
