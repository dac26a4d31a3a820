import type { Rng } from '@rivulet/engine';

/** The type of the values of a space: `NdArray` for a Box, `number` for a Discrete, and so on. */
export type ValueOf<S> = S extends { sample(rng: Rng): infer T } ? T : never;
