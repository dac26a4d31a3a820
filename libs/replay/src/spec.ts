import type { DType, NdArray } from '@rivulet/engine';

/** One field of a stored row: the shape of a single row (`[]` for a scalar) and its element type. */
export interface FieldSpec<D extends DType = DType> {
  readonly shape: readonly number[];
  readonly dtype: D;
}

/** The fields of a stored row by name. Standard names: observation, action, reward, nextObservation, terminated, truncated, discount. */
export interface Spec {
  readonly [field: string]: FieldSpec;
}

/** Arrays for the fields of a spec, with shared leading axes in front of each row's shape. */
export type BatchOf<S extends Spec> = { readonly [K in keyof S]: NdArray<S[K]['dtype']> };
