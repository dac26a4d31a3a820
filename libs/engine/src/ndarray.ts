import { tf } from './tf.js';

/** The element types that buffers, environments and checkpoints use. */
export type DType = 'float32' | 'float64' | 'int32' | 'uint8';

/** The typed array that holds a {@link DType}. */
export interface TypedArrays {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint8: Uint8Array;
}

export type TypedArray = TypedArrays[DType];

/** A dense array on the host, row major. `data.length` is the product of `shape`. */
export interface NdArray<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TypedArrays[D];
}

/** Named arrays that share their leading axes: what buffers store and draw. */
export type HostBatch = { readonly [key: string]: NdArray };

const constructors = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array } as const;

/** The product of the sizes of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A typed array of zeros. */
export function typedArray<D extends DType>(dtype: D, length: number): TypedArrays[D] {
  return new constructors[dtype](length) as TypedArrays[D];
}

/**
 * An {@link NdArray} over the given data, or of zeros.
 * @throws when the data do not fill the shape.
 */
export function ndarray<D extends DType>(dtype: D, shape: readonly number[], data?: TypedArrays[D]): NdArray<D> {
  const size = sizeOf(shape);
  if (data !== undefined && data.length !== size) {
    throw new Error(`ndarray: ${data.length} numbers do not fill the shape [${shape.join(', ')}], which holds ${size}`);
  }
  return { dtype, shape, data: data ?? typedArray(dtype, size) };
}

/** Uploads an array: float64 becomes float32, uint8 becomes int32. The tensor may share the array's memory: do not write to it while the tensor lives. */
export function toTensor(array: NdArray): tf.Tensor {
  const integer = array.dtype === 'int32' || array.dtype === 'uint8';
  const data = array.dtype === 'float64' ? Float32Array.from(array.data) : array.dtype === 'uint8' ? Int32Array.from(array.data) : array.data;
  return tf.tensor(data as Float32Array | Int32Array, [...array.shape], integer ? 'int32' : 'float32');
}

/**
 * Downloads a tensor into an array of its own; booleans become int32. Asynchronous, because a GPU cannot be read otherwise.
 * @throws when the tensor holds texts or complex numbers.
 */
export async function fromTensor(tensor: tf.Tensor): Promise<NdArray<'float32' | 'int32'>> {
  if (!['float32', 'int32', 'bool'].includes(tensor.dtype)) throw new Error(`fromTensor: a ${tensor.dtype} tensor has no array type; cast it to float32 or int32`);
  const data = await tensor.data();
  // Copies: the cpu backend hands out the very memory that the tensor lives in.
  return tensor.dtype === 'float32' ? ndarray('float32', [...tensor.shape], Float32Array.from(data)) : ndarray('int32', [...tensor.shape], Int32Array.from(data));
}
