import { ndarray, type NdArray, sizeOf, tf } from '@rivulet/engine';
import type { Rows, Space } from '@rivulet/envs';
import type { FieldSpec } from '@rivulet/replay';

/**
 * Shape and element type of one row of a space, as buffers store it.
 * @throws for spaces that have no rows of numbers, and for Discrete spaces that do not start at zero.
 */
export function spaceField(space: Space): FieldSpec<'float32' | 'int32'> {
  switch (space.kind) {
    case 'box':
      return { shape: space.shape, dtype: 'float32' };
    case 'discrete':
      if (space.start !== 0) throw new Error(`the discrete space starts at ${space.start}: algorithms want actions 0 .. n-1`);
      return { shape: [], dtype: 'int32' };
    case 'multiDiscrete':
      return { shape: [space.nvec.length], dtype: 'int32' };
    case 'multiBinary':
      return { shape: [space.n], dtype: 'int32' };
    default:
      throw new Error(`a ${space.kind} space has no rows of numbers: flatten it by a wrapper first`);
  }
}

/** Shape and element type of an action as learners see it: those of a box are one axis of numbers, whatever its shape. */
export function actionField(space: Space): FieldSpec<'float32' | 'int32'> {
  const field = spaceField(space);
  return space.kind === 'box' ? { ...field, shape: [sizeOf(field.shape)] } : field;
}

/** Rows [N, ...] as an array, sharing their memory. */
export function rowsArray(rows: Rows, space: Space): NdArray {
  const { shape, dtype } = spaceField(space);
  const n = rows.length / sizeOf(shape);
  return dtype === 'float32' ? ndarray('float32', [n, ...shape], rows as Float32Array) : ndarray('int32', [n, ...shape], rows as Int32Array);
}

/** Rows of observations as a float32 tensor [N, D]. The rows are copied: the environment may overwrite them. */
export function observationTensor(rows: Rows, space: Space): tf.Tensor {
  const size = sizeOf(spaceField(space).shape);
  return tf.tensor(Float32Array.from(rows), [rows.length / size, size], 'float32');
}
