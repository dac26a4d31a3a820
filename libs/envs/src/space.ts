import type { NdArray, Rng } from '@rivulet/engine';

/** Float arrays within bounds. */
export interface Box {
  readonly kind: 'box';
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'float64' | 'uint8';
  /** Flat, one bound an element; may be infinite. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  sample(rng: Rng): NdArray;
  contains(value: unknown): value is NdArray;
}

/** The integers start .. start + n - 1. */
export interface Discrete {
  readonly kind: 'discrete';
  readonly n: number;
  readonly start: number;
  sample(rng: Rng): number;
  contains(value: unknown): value is number;
}

/** Vectors of integers, the i-th in 0 .. nvec[i] - 1. */
export interface MultiDiscrete {
  readonly kind: 'multiDiscrete';
  readonly nvec: readonly number[];
  sample(rng: Rng): Int32Array;
  contains(value: unknown): value is Int32Array;
}

/** Vectors of n zeros and ones. */
export interface MultiBinary {
  readonly kind: 'multiBinary';
  readonly n: number;
  sample(rng: Rng): Int32Array;
  contains(value: unknown): value is Int32Array;
}

/** A value of each of the given spaces. */
export interface TupleSpace {
  readonly kind: 'tuple';
  readonly spaces: readonly Space[];
  sample(rng: Rng): unknown[];
  contains(value: unknown): value is unknown[];
}

/** A value of each of the named spaces. */
export interface DictSpace {
  readonly kind: 'dict';
  readonly spaces: { readonly [key: string]: Space };
  sample(rng: Rng): { [key: string]: unknown };
  contains(value: unknown): value is { [key: string]: unknown };
}

/** Strings over a character set, with a length between bounds. */
export interface TextSpace {
  readonly kind: 'text';
  readonly minLength: number;
  readonly maxLength: number;
  readonly charset: string;
  sample(rng: Rng): string;
  contains(value: unknown): value is string;
}

export type AnySpace = Box | Discrete | MultiDiscrete | MultiBinary | TupleSpace | DictSpace | TextSpace;

/** A set of values, from which one can be drawn. Narrow it by its `kind`. */
export type Space<T = unknown> = AnySpace & { sample(rng: Rng): T };
