import { type DType, type HostBatch, type NdArray, ndarray, sizeOf, type Snapshot, type TypedArray, typedArray } from '@rivulet/engine';
import type { Spec } from './spec.js';

/** A field laid out row after row. */
export interface Column {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly rowSize: number;
  readonly data: TypedArray;
}

/** A zeroed column of `rows` rows for every field of the spec. */
export function columnsOf(spec: Spec, rows: number): Column[] {
  return Object.entries(spec).map(([name, { shape, dtype }]) => {
    const rowSize = sizeOf(shape);
    return { name, dtype, shape, rowSize, data: typedArray(dtype, rows * rowSize) };
  });
}

/** @throws unless the value is an integer of at least `low`. */
export function checkCount(where: string, name: string, value: number, low = 1): number {
  if (!Number.isInteger(value) || value < low) throw new Error(`${where}: ${name} must be an integer of at least ${low}, got ${value}`);
  return value;
}

/** @throws when the batch has no fields. */
export function rowsOf(where: string, batch: HostBatch): number {
  for (const name in batch) return batch[name].shape[0];
  throw new Error(`${where}: the batch has no fields`);
}

/**
 * The data of a field with `rows` rows.
 * @throws when the field is missing, has another element type (float64 may be narrowed to float32) or another size.
 */
export function fieldData(where: string, batch: HostBatch, name: string, dtype: DType | undefined, rowSize: number, rows: number): TypedArray {
  const field: NdArray | undefined = batch[name];
  if (field === undefined) throw new Error(`${where}: the field '${name}' is missing; the batch has ${Object.keys(batch).join(', ')}`);
  if (dtype !== undefined && field.dtype !== dtype && !(field.dtype === 'float64' && dtype === 'float32')) {
    throw new Error(`${where}: '${name}' must be ${dtype}, got ${field.dtype}`);
  }
  if (field.data.length !== rows * rowSize) {
    throw new Error(`${where}: '${name}' must hold ${rows} rows of ${rowSize}, got the shape [${field.shape.join(', ')}]`);
  }
  return field.data;
}

/** @throws unless the mask has one entry a row. */
export function checkMask(where: string, mask: Uint8Array | undefined, rows: number): void {
  if (mask !== undefined && mask.length !== rows) throw new Error(`${where}: the mask must have ${rows} entries, got ${mask.length}`);
}

/** Copies of the first `rows` rows of each column, named `field/<name>`. */
export function columnArrays(columns: readonly Column[], rows: number): { [path: string]: NdArray } {
  return Object.fromEntries(
    columns.map(({ name, dtype, shape, rowSize, data }) => [`field/${name}`, ndarray(dtype, [rows, ...shape], data.slice(0, rows * rowSize) as never)]),
  );
}

/**
 * An array of a snapshot.
 * @throws when it is missing, or has another type or size.
 */
export function snapshotArray(where: string, snapshot: Snapshot, path: string, dtype: DType, length: number): TypedArray {
  const array = snapshot.arrays[path];
  if (array === undefined) throw new Error(`${where}: the snapshot has no array '${path}'`);
  if (array.dtype !== dtype || array.data.length !== length) {
    throw new Error(`${where}: '${path}' must be ${length} elements of ${dtype}, the snapshot has ${array.data.length} of ${array.dtype}`);
  }
  return array.data;
}

/**
 * A count of a snapshot.
 * @throws when it is missing or outside [0, high].
 */
export function snapshotCount(where: string, snapshot: Snapshot, name: string, high = Number.MAX_SAFE_INTEGER): number {
  const value = snapshot.data[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > high) {
    throw new Error(`${where}: '${name}' must be an integer in [0, ${high}], the snapshot has ${JSON.stringify(value)}`);
  }
  return value;
}

/** Fills the first `rows` rows of each column from {@link columnArrays}. */
export function restoreColumns(where: string, columns: readonly Column[], snapshot: Snapshot, rows: number): void {
  const arrays = columns.map(({ name, dtype, rowSize }) => snapshotArray(where, snapshot, `field/${name}`, dtype, rows * rowSize));
  columns.forEach((column, i) => column.data.set(arrays[i]));
}
