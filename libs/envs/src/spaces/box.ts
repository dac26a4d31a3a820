import { ndarray, sizeOf, type NdArray, type Rng } from '@rivulet/engine';
import type { Box } from '../space.js';

/** What {@link box} needs: bounds as one number for all elements or one number an element. */
export interface BoxOptions {
  readonly low: number | ArrayLike<number>;
  readonly high: number | ArrayLike<number>;
  /** Default: the length of the bounds that are given as arrays, else `[1]`. */
  readonly shape?: readonly number[];
  /** Default 'float32'. */
  readonly dtype?: Box['dtype'];
}

function shapeOf({ low, high, shape }: BoxOptions): readonly number[] {
  if (shape !== undefined) return [...shape];
  if (typeof low !== 'number') return [low.length];
  return typeof high !== 'number' ? [high.length] : [1];
}

function boundsOf(name: string, bound: number | ArrayLike<number>, size: number, dtype: Box['dtype']): Float64Array {
  const bounds = typeof bound === 'number' ? new Float64Array(size).fill(bound) : Float64Array.from(bound);
  if (bounds.length !== size) throw new Error(`box: ${name} has ${bounds.length} numbers, the shape needs ${size}`);
  for (let i = 0; i < size; i++) {
    if (Number.isNaN(bounds[i])) throw new Error(`box: ${name}[${i}] is NaN`);
    if (dtype === 'uint8' && (!Number.isInteger(bounds[i]) || bounds[i] < 0 || bounds[i] > 255)) {
      throw new Error(`box: ${name}[${i}] is ${bounds[i]}; bounds of a uint8 box are integers in 0..255`);
    }
    if (dtype === 'float32') bounds[i] = Math.fround(bounds[i]);
  }
  return bounds;
}

function draw(low: number, high: number, rng: Rng): number {
  if (low === -Infinity && high === Infinity) return rng.nextNormal();
  const u = rng.nextUniform();
  if (high === Infinity) return low - Math.log(1 - u);
  if (low === -Infinity) return high + Math.log(1 - u);
  return low * (1 - u) + high * u;
}

/**
 * Float arrays within bounds (inclusive). Bounds of a float32 box are rounded to float32.
 *
 * `sample` follows Gymnasium, element by element: uniform in [low, high]; low + Exp(1) without an upper bound;
 * high − Exp(1) without a lower bound; N(0, 1) without either.
 * @throws when bounds do not fill the shape, are NaN, or cross.
 */
export function box(options: BoxOptions): Box {
  const dtype = options.dtype ?? 'float32';
  const shape = shapeOf(options);
  const size = sizeOf(shape);
  const low = boundsOf('low', options.low, size, dtype);
  const high = boundsOf('high', options.high, size, dtype);
  for (let i = 0; i < size; i++) {
    if (low[i] > high[i]) throw new Error(`box: low[${i}] = ${low[i]} is above high[${i}] = ${high[i]}`);
  }
  return {
    kind: 'box',
    shape,
    dtype,
    low,
    high,
    sample(rng: Rng): NdArray {
      const out = ndarray(dtype, shape);
      for (let i = 0; i < size; i++) {
        const value = dtype === 'uint8' ? low[i] + rng.nextInt(high[i] - low[i] + 1) : draw(low[i], high[i], rng);
        // Rounding of the convex combination may leave the interval by one unit in the last place.
        out.data[i] = Math.min(high[i], Math.max(low[i], value));
      }
      return out;
    },
    contains(value: unknown): value is NdArray {
      if (typeof value !== 'object' || value === null) return false;
      const { dtype: type, shape: sizes, data } = value as Partial<NdArray>;
      if (type !== dtype || !Array.isArray(sizes) || sizes.length !== shape.length || data?.length !== size) return false;
      for (let d = 0; d < shape.length; d++) if (sizes[d] !== shape[d]) return false;
      for (let i = 0; i < size; i++) if (!(data[i] >= low[i] && data[i] <= high[i])) return false;
      return true;
    },
  };
}
