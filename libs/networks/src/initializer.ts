import type { Rng } from '@rivulet/engine';

/** How many inputs feed one output of a kernel, and how many outputs one input feeds. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * Draws the starting values of a parameter, row major, on the host: the same stream gives the same bits on every backend.
 * `fans` are those of the kernel that the parameter belongs to; without them the shape itself is taken for a kernel's
 * (see {@link fansOf}). A bias has no fans of its own, so a module passes its kernel's.
 */
export type Initializer = (rng: Rng, shape: readonly number[], fans?: Fans) => Float32Array;
