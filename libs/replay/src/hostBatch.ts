import { ndarray } from '@rivulet/engine';
import type { BatchOf, Spec } from './spec.js';

/**
 * Zero arrays for every field of a spec: shape `[...leading, ...field.shape]`.
 *
 * @example `hostBatch(spec, [64])` preallocates what {@link gatherRows} fills.
 */
export function hostBatch<S extends Spec>(spec: S, leading: readonly number[]): BatchOf<S> {
  return Object.fromEntries(Object.entries(spec).map(([name, field]) => [name, ndarray(field.dtype, [...leading, ...field.shape])])) as BatchOf<S>;
}
